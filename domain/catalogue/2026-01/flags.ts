import { type Flag, TIERS } from '../types.ts';

const fromFree = TIERS;
const fromStarter = TIERS.slice(1);
const fromGrowth = TIERS.slice(2);
const fromPro = TIERS.slice(3);
const fromEnterprise = TIERS.slice(4);

export const flags = {
  'core.profiles': { category: 'core', tiers: fromFree },
  'core.events': { category: 'core', tiers: fromFree },
  'core.segments_basic': { category: 'core', tiers: fromFree },
  'core.segments_realtime': { category: 'core', tiers: fromGrowth },
  'core.identity_resolution': { category: 'core', tiers: fromStarter },
  'core.csv_import': { category: 'core', tiers: fromFree },
  'core.extended_retention': { category: 'core', tiers: fromPro },
  'activation.audience_sync': { category: 'activation', tiers: fromStarter },
  'activation.realtime_sync': { category: 'activation', tiers: fromPro },
  'campaigns.email': { category: 'activation', tiers: fromFree },
  'campaigns.sms': { category: 'activation', tiers: fromGrowth },
  'campaigns.journeys': { category: 'activation', tiers: fromGrowth },
  'campaigns.ab_testing': { category: 'activation', tiers: fromPro },
  'campaigns.send_time_optimization': { category: 'activation', tiers: fromPro },
  'analytics.dashboards': { category: 'analytics', tiers: fromFree },
  'analytics.funnels': { category: 'analytics', tiers: fromStarter },
  'analytics.custom_reports': { category: 'analytics', tiers: fromGrowth },
  'analytics.cohorts': { category: 'analytics', tiers: fromGrowth },
  'analytics.ltv': { category: 'analytics', tiers: fromGrowth },
  'analytics.attribution': { category: 'analytics', tiers: fromPro },
  'analytics.sql_access': { category: 'analytics', tiers: fromEnterprise },
  'ml.ai_briefs': { category: 'ml', tiers: fromFree },
  'ml.predictive_scoring': { category: 'ml', tiers: fromGrowth },
  'ml.churn_prediction': { category: 'ml', tiers: fromGrowth },
  'ml.purchase_prediction': { category: 'ml', tiers: fromPro },
  'ml.recommendations': { category: 'ml', tiers: fromPro },
  'ml.custom_models': { category: 'ml', tiers: fromPro },
  'ml.anomaly_detection': { category: 'ml', tiers: fromPro },
  'integrations.standard': { category: 'integrations', tiers: fromFree },
  'integrations.premium': { category: 'integrations', tiers: fromGrowth },
  'integrations.warehouse_sync': { category: 'integrations', tiers: fromPro },
  'integrations.custom_connectors': { category: 'integrations', tiers: fromEnterprise },
  'developer.api_access': { category: 'integrations', tiers: fromFree },
  'developer.webhooks': { category: 'integrations', tiers: fromStarter },
  'developer.marketplace_apps': { category: 'integrations', tiers: fromStarter },
  'developer.sandbox': { category: 'integrations', tiers: fromPro },
  'security.sso_saml': { category: 'security', tiers: fromEnterprise },
  'security.scim': { category: 'security', tiers: fromEnterprise },
  'security.custom_roles': { category: 'security', tiers: fromPro },
  'security.audit_log': { category: 'security', tiers: fromPro },
  'security.data_residency': { category: 'security', tiers: fromEnterprise },
  'security.ip_allowlist': { category: 'security', tiers: fromEnterprise },
  'support.priority': { category: 'support_sla', tiers: fromPro },
  'support.dedicated_csm': {
    category: 'support_sla',
    tiers: fromEnterprise,
    note: 'Premium and Enterprise Plus tenants only',
  },
  'sla.uptime_guarantee': { category: 'support_sla', tiers: fromEnterprise },
  'whitelabel.branding': { category: 'white_label', tiers: fromEnterprise },
  'whitelabel.custom_domain': { category: 'white_label', tiers: fromEnterprise },
} as const satisfies Record<string, Flag>;

export type FlagId = keyof typeof flags;
