-- Only hashes: a key is shown once, when it is made.
create table if not exists ops.api_keys (
  id           text primary key,
  -- Survives rotation: idempotency keys belong to the principal, not to the key.
  principal_id text        not null,
  hash         text        not null unique check (hash ~ '^[0-9a-f]{64}$'),
  role         text        not null check (role in ('owner', 'admin', 'finance', 'auditor', 'ingest', 'customer')),
  customer_id  text,
  label        text        not null,
  created_at   timestamptz not null default now(),
  created_by   text        not null,
  command_id   text unique,
  request_hash text,
  expires_at   timestamptz,
  revoked_at   timestamptz,
  last_used_at timestamptz,
  replaced_by  text references ops.api_keys (id),
  -- Requests a minute by class of operation, where they are not those of the role.
  rate_limits  jsonb,
  check ((role = 'customer') = (customer_id is not null))
);
