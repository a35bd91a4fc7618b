# syntax=docker/dockerfile:1

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# The caches keep compiled dependencies between builds, so that only our own code is built anew.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --profile dist --locked --bin segue && cp target/dist/segue /usr/local/bin/segue

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home segue \
    && install -d -o segue -g segue -m 0700 /data
COPY --from=build /usr/local/bin/segue /usr/local/bin/segue

# Inside a container the loopback address reaches nobody.
ENV SEGUE_BIND=0.0.0.0:8080 \
    SEGUE_OPS_BIND=0.0.0.0:9090 \
    SEGUE_DATABASE_URL=sqlite:///data/segue.db
USER segue
VOLUME /data
WORKDIR /data
EXPOSE 8080 9090
ENTRYPOINT ["segue"]
CMD ["serve"]
