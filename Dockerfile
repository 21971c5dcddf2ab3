# The programs of rushproof: first a package is built, then it alone is installed.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY .ci/packages .ci/packages
RUN apt-get update \
    && awk '$1 == "build" || $1 == "package" {print $2}' .ci/packages \
       | xargs apt-get install --yes --no-install-recommends \
    && rm -rf /var/lib/apt/lists/*
COPY . .
RUN cmake --preset release \
    && ninja -C build/release programs pages \
    && cpack --config build/release/CPackConfig.cmake -G DEB -B /package

FROM debian:bookworm-slim
COPY --from=build /package/*.deb /tmp/
# Recommended packages are the private Redis and Postgres, which a container leaves to its neighbours.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends /tmp/*.deb \
    && rm -rf /var/lib/apt/lists/* /tmp/*.deb \
    && useradd --uid 1000 --create-home rushproof
USER rushproof
WORKDIR /home/rushproof
EXPOSE 8080
CMD ["rushproof", "--help"]
