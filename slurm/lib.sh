# Shared by the sbatch files: ports, the registry of who runs where, starting and stopping parts. Sourced, never run.
#
# The registry is the folder $RUN_DIR/registry on a file system that all nodes see. Each part writes one file, <name>.json, to a name of its own first
# and renames it, so that a reader never sees half a file; heartbeats stand in the file, because times of network file systems lag.

: "${RUN_DIR:?set RUN_DIR to a folder that all nodes see}" "${ATTUNE_HOME:?set ATTUNE_HOME to the checkout of Attune}"
REGISTRY="$RUN_DIR/registry"
LOGS="$RUN_DIR/logs"
mkdir -p "$REGISTRY" "$LOGS"
# The name by which other nodes reach this one; set ATTUNE_NODE_HOST where several networks exist.
NODE_HOST="${ATTUNE_NODE_HOST:-$(hostname -f 2>/dev/null || hostname)}"
# Jobs of others share the nodes: everything of ours asks for this token.
umask 077
TOKEN_FILE="$RUN_DIR/token"
[ -s "$TOKEN_FILE" ] || { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' > "$TOKEN_FILE.$$" && mv -n "$TOKEN_FILE.$$" "$TOKEN_FILE"; rm -f "$TOKEN_FILE.$$"; }
ATTUNE_TOKEN="$(cat "$TOKEN_FILE")"
TLS="$RUN_DIR/tls"
export ATTUNE_TOKEN ATTUNE_HOST=0.0.0.0

# Attune from the checkout, or from an Apptainer image where ATTUNE_IMAGE names one. An array, so that a background process is Attune itself and signals reach it.
if [ -n "${ATTUNE_IMAGE:-}" ]; then ATTUNE=(apptainer exec --bind "$RUN_DIR" "$ATTUNE_IMAGE" node /attune/services/cli/attune.mjs)
else ATTUNE=(node "$ATTUNE_HOME/services/cli/attune.mjs"); fi

make_certificate() { # a key and a certificate for this node, which everybody who reads the run folder trusts; sets what servers and clients need
  mkdir -p "$TLS"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$NODE_HOST" \
    -addext "subjectAltName=DNS:$NODE_HOST,DNS:localhost,IP:127.0.0.1" -keyout "$TLS/key.pem" -out "$TLS/cert.pem.$$" 2>> "$LOGS/openssl.log" &&
    mv -f "$TLS/cert.pem.$$" "$TLS/cert.pem" || { echo "slurm: no certificate could be made; install openssl, see $LOGS/openssl.log" >&2; return 1; }
  export ATTUNE_TLS_CERT="$TLS/cert.pem" ATTUNE_TLS_KEY="$TLS/key.pem"
}

trust_certificate() { export ATTUNE_TLS_CA="$TLS/cert.pem" ATTUNE_BUS_CA="$TLS/cert.pem"; }

free_port() { # a port that nobody listens on, asked of the kernel
  node -e 'const s = require("net").createServer().listen(0, "0.0.0.0", () => { console.log(s.address().port); s.close(); })'
}

publish() { # name host port state
  printf '{"name":"%s","host":"%s","port":%d,"job":"%s","restart":%d,"state":"%s","heartbeat":%d}\n' \
    "$1" "$2" "$3" "${SLURM_JOB_ID:-0}" "${SLURM_RESTART_COUNT:-0}" "$4" "$(date +%s)" > "$REGISTRY/.$1.$$" && mv -f "$REGISTRY/.$1.$$" "$REGISTRY/$1.json"
}

unpublish() { rm -f "$REGISTRY/$1.json"; }

field() { # file field
  sed -n "s/.*\"$2\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$1"
}

address_of() { # name -> host:port of a part that is ready and has given a sign in the last 45 seconds
  local file="$REGISTRY/$1.json"
  [ -s "$file" ] || return 1
  [ "$(field "$file" state)" = ready ] || return 1
  [ $(( $(date +%s) - $(field "$file" heartbeat) )) -lt "${STALE_AFTER:-45}" ] || return 1
  printf '%s:%s' "$(field "$file" host)" "$(field "$file" port)"
}

wait_for() { # name seconds -> its address
  local until=$(( $(date +%s) + $2 )) found
  while [ "$(date +%s)" -lt "$until" ]; do
    if found=$(address_of "$1"); then printf '%s' "$found"; return 0; fi
    sleep 1
  done
  echo "slurm: $1 is not ready after $2 s; look into $LOGS" >&2
  return 1
}

answers() { # host port: whether something listens
  (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null
}

wait_port() { # host port seconds what
  local until=$(( $(date +%s) + $3 ))
  until answers "$1" "$2"; do
    [ "$(date +%s)" -lt "$until" ] || { echo "slurm: $4 does not listen on $1:$2 after $3 s; look into $LOGS" >&2; return 1; }
    sleep 0.2
  done
}

wait_ready() { # url seconds what: until a server says that it can answer
  local until=$(( $(date +%s) + $2 ))
  until curl -fsS -m 5 "$1" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt "$until" ] || { echo "slurm: $3 is not ready at $1 after $2 s; look into $LOGS" >&2; return 1; }
    sleep 0.5
  done
}
