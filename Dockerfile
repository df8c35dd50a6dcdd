# docker build -t iplint . && docker run --rm --network none --user "$(id -u):$(id -g)" -v "$PWD:/work:ro" iplint check
# Pin the base image to its digest where builds must be repeatable.
FROM python:3.13-slim AS build
COPY . /source
RUN python -I -m venv /opt/iplint \
    && /opt/iplint/bin/python -I -m pip install --no-cache-dir --disable-pip-version-check /source

FROM python:3.13-slim
# Git says what a repository ignores, and has the merge base for --since. Its version is that of the base image.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/iplint /opt/iplint
# No user of the host: whoever runs it gives their own, so that git accepts the repository as theirs.
USER 65532:65532
# Nothing is kept in the container.
ENV IPLINT_CACHE_DIR=""
WORKDIR /work
# As everywhere: no code of the checkout is run.
ENTRYPOINT ["/opt/iplint/bin/python", "-I", "-m", "iplint"]
CMD ["check"]
