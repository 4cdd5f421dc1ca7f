# Sourced behind stage.sh: servers that others use for a job like the gateway's, and the upstream of
# all reads. Each is started on a free port, on the core of whoever is measured or beside the load.

export PATH=$PATH:/usr/sbin:/sbin

readonly upstream_organisation=c0000000-0000-4000-8000-000000000002
readonly upstream_path=/api/partners/v2.0/org/$upstream_organisation

# fill PORT TEMPLATE: the template with what is known by now.
fill() {
  local text name
  text=$(<"$2")
  local -A value_of=(
    [FOLDER]=$folder [PORT]=$1 [READS]=$upstream_path [TOKEN]=${token:-}
    [UPSTREAM]=${origin_of[upstream]:-} [UPSTREAM_HOST]=127.0.0.1 [SIMULATOR]=${origin_of[simulator]:-}
    [VARNISH_KEYS]=$(varnish_keys) [ANSWER]=$(upstream_answer)
  )
  value_of[UPSTREAM]=${value_of[UPSTREAM]#http://}
  value_of[SIMULATOR]=${value_of[SIMULATOR]#http://}
  value_of[UPSTREAM_PORT]=${value_of[UPSTREAM]##*:}
  for name in "${!value_of[@]}"; do text=${text//"@$name@"/"${value_of[$name]}"}; done
  printf '%s\n' "$text"
}

# The fixture, about whichever heat pump of whichever user is asked for.
upstream_answer() {
  tr -d '\n' <Tests/HeatPumpsTests/Fixtures/answer.json | sed -E \
    -e 's/"owner":\{"id":"[^"]*"/"owner":{"id":"$user"/' -e 's/([{,])"id":"0f4e[^"]*"/\1"id":"$pump"/' \
    -e 's/\\/\\\\/g'
}

# The callers' keys: the one that is used, among others.
make_peer_keys() {
  local number key
  for ((number = 1; number <= 64; number++)); do
    key=pgw_$(random)
    [ "$number" != 40 ] || key=$app_key
    echo "$key" >>"$folder/keys"
    echo "\"Bearer $key\" app$number;" >>"$folder/nginx.keys"
    echo "$key app$number" >>"$folder/haproxy.keys"
  done
}

varnish_keys() {
  [ ! -e "$folder/keys" ] ||
    sed 's/.*/if (req.http.Authorization == "Bearer &") { set req.http.X-App = "&"; }/
         2,$ s/^/else /' "$folder/keys"
}

# start_server NAME TEMPLATE COMMAND…: @PORT@ in the command, and in the template if there is one,
# becomes a free port. `place` says on which core it runs.
start_server() {
  local name=$1 template=$2 port tries turn
  shift 2
  for ((tries = 0; tries < 20; tries++)); do
    port=$((20000 + RANDOM % 10000))
    [ -z "$template" ] || fill "$port" "Benchmarks/peers/$template" >"$folder/$template"
    "${place[@]}" "${@//@PORT@/$port}" >"$folder/$name.out" 2>&1 &
    pid_of[$name]=$!
    for ((turn = 0; turn < 100; turn++)); do
      sleep 0.1
      kill -0 "${pid_of[$name]}" 2>/dev/null || break
      (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || continue
      processes+=("${pid_of[$name]}")
      origin_of[$name]=http://127.0.0.1:$port
      return
    done
    stop_process "${pid_of[$name]}"
  done
  cat "$folder/$name.out" >&2
  fail "$name did not start."
}

start_upstream() {
  place=("${on_load[@]}")
  start_server upstream upstream.conf nginx -c "$folder/upstream.conf"
}

# start_peer NAME: if it is installed. The gateway's own answer has to lie in answer.json.
start_peer() {
  local program=$1
  place=("${on_server[@]}")
  [ "$1" != varnish ] || program=varnishd
  [ "$1" != libmicrohttpd ] || program=cc
  if ! command -v "$program" >/dev/null; then
    echo "warning: $program is missing, so $1 is left out" >&2
    return
  fi
  case $1 in
    nginx) start_server nginx nginx.conf nginx -c "$folder/nginx.conf" ;;
    haproxy) start_server haproxy haproxy.cfg haproxy -db -f "$folder/haproxy.cfg" ;;
    varnish)
      start_server varnish varnish.vcl varnishd -F -j none -a 127.0.0.1:@PORT@ -f "$folder/varnish.vcl" \
        -n "$folder/varnish" -s malloc,256m -t 36000 -p thread_pools=1 -p thread_pool_min=100 \
        -p timeout_idle=3600 -p listen_depth=4096
      ;;
    libmicrohttpd)
      cc -O2 -o "$folder/microhttpd" Benchmarks/floor/microhttpd.c -lmicrohttpd
      start_server libmicrohttpd '' "$folder/microhttpd" @PORT@ "$folder/answer.json"
      ;;
  esac
}
