# syntax=docker/dockerfile:1

FROM rust:1.95-slim-bookworm AS dependencies
WORKDIR /src
# Built on their own, so that this layer holds until a dependency changes.
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
RUN mkdir src \
    && echo 'fn main() {}' >src/main.rs \
    && touch src/lib.rs \
    && cargo build --profile dist --locked --bin segue \
    && rm -r src

FROM dependencies AS build
COPY . .
# Cargo goes by the time of a file: ours must be younger than the stand-ins above.
RUN touch src/main.rs src/lib.rs && cargo build --profile dist --locked --bin segue
# The image below has no shell to make it with.
RUN install -d -m 0700 /empty

# No shell, no package manager; the C library and the root certificates are there.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /src/target/dist/segue /usr/local/bin/segue
COPY --from=build --chown=nonroot:nonroot /empty /data

# Inside a container the loopback address reaches nobody.
ENV SEGUE_BIND=0.0.0.0:8080 \
    SEGUE_OPS_BIND=0.0.0.0:9090 \
    SEGUE_DATABASE_URL=sqlite:///data/segue.db
USER nonroot
VOLUME /data
WORKDIR /data
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["/usr/local/bin/segue", "health"]
ENTRYPOINT ["/usr/local/bin/segue"]
CMD ["serve"]
