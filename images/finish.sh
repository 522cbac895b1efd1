#!/bin/sh
# Makes what was installed ready to be copied into an image: only what the named distributions need, compiled, listed, dated.
set -eu
/tools/bin/python images/prune.py /opt/venv /opt/app "$@" > /tmp/unneeded.txt
xargs -r env VIRTUAL_ENV=/opt/venv /tools/bin/uv pip uninstall -q < /tmp/unneeded.txt

site=/opt/venv/lib/python3.11/site-packages
# Tests, headers and stubs that packages bring along; parts of two packages that nothing of ours reads.
find "$site" -depth -type d \( -name tests -o -name test -o -name include \) -exec rm -rf {} +
find "$site" -type f \( -name '*.pyi' -o -name '*.h' -o -name '*.c' -o -name '*.pyx' -o -name '*.pxd' \) -delete
rm -rf "$site"/phonenumbers/geodata "$site"/phonenumbers/carrierdata "$site"/phonenumbers/tzdata
# Of the model's runtime only the one library that runs it; the other is for callers in C.
for part in transformers tools quantization datasets backend; do rm -rf "$site/onnxruntime/$part"; done
rm -f "$site"/onnxruntime/capi/libonnxruntime.so*
# Symbols for debuggers. Not of libraries that a wheel brought along: those were patched, and break.
find "$site" -name '*.so' ! -path '*.libs/*' ! -path '*/onnxruntime/*' -exec strip --strip-unneeded {} +
if [ -d "$site/botocore/data" ]; then
  # Requests are signed here, not made: of the descriptions of services only those that give credentials are read.
  find "$site/botocore/data" -mindepth 1 -maxdepth 1 -type d ! -name sts ! -name sso ! -name sso-oidc ! -name signin \
    -exec rm -rf {} +
fi

# Compiled by content, not by time, so that two builds are the same.
/usr/bin/python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash "$site" /opt/app || true
mkdir -p /usr/share/sbom
PYTHONPATH=/opt/app /tools/bin/cyclonedx-py environment --output-reproducible --of JSON -o /tmp/sbom.json /opt/venv/bin/python
/tools/bin/python images/sbom.py /tmp/sbom.json /runtime-packages > /usr/share/sbom/caseplane.cdx.json
chmod -R a+rX /opt
# When our own package was installed; the one thing in it that differs from build to build.
rm -f /opt/app/caseplane-*.dist-info/uv_*.json
sed -i '/dist-info.uv_[a-z]*\.json/d' /opt/app/caseplane-*.dist-info/RECORD
rm -f /opt/venv/.lock /opt/app/.lock /opt/venv/bin/activate* /opt/venv/bin/deactivate*
find /opt /usr/share/sbom -exec touch -h -d "@${SOURCE_DATE_EPOCH:-0}" {} +
