#!/usr/bin/env bash
# Installs what the rendering tests of this package look for and skip without:
# Chromium from Debian's packages, Mermaid from the npm registry. Both only if missing.
set -euo pipefail

mermaid_version=12.3.0
cache="${XDG_CACHE_HOME:-$HOME/.cache}/durablegen/mermaid"

if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends chromium fonts-noto-color-emoji >/dev/null
fi

if [ ! -f "$cache/node_modules/mermaid/dist/mermaid.min.js" ]; then
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$cache" "mermaid@$mermaid_version"
fi

echo "chromium: $(command -v chromium || command -v chromium-browser || command -v google-chrome)"
echo "mermaid:  $cache/node_modules/mermaid/dist/mermaid.min.js"
