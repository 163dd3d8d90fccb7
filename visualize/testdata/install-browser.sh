#!/usr/bin/env bash
# Installs what the rendering tests of this package look for and skip without:
# Chromium from Debian's packages, Mermaid from the npm registry, in the two major
# versions that viewers use. All of it only if missing.
set -euo pipefail

mermaid_versions='11.17.2 12.3.0'
cache="${XDG_CACHE_HOME:-$HOME/.cache}/durablegen/mermaid"

if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends chromium fonts-noto-color-emoji >/dev/null
fi

for version in $mermaid_versions; do
  if [ ! -f "$cache/$version/node_modules/mermaid/dist/mermaid.min.js" ]; then
    mkdir -p "$cache/$version"
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$cache/$version" "mermaid@$version"
  fi
  echo "mermaid:  $cache/$version/node_modules/mermaid/dist/mermaid.min.js"
done

echo "chromium: $(command -v chromium || command -v chromium-browser || command -v google-chrome)"
