FROM node:26-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Node is in the image and PostgreSQL in a container of its own: neither comes from npm here.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:26-slim
RUN groupadd --system --gid 10001 aura \
 && useradd --system --uid 10001 --gid aura --no-create-home --home-dir /nonexistent aura
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY domain ./domain
COPY platform ./platform
COPY ledger ./ledger
COPY eventstore ./eventstore
COPY projections ./projections
COPY commands ./commands
COPY api ./api
COPY cli ./cli
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080
USER aura
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=6 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# DATABASE_URL is needed, EVENTSTORE_URL is optional: see docker-compose.yml.
CMD ["node", "cli/main.ts", "serve"]
