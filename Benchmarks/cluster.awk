# Tables of what scripts/cluster-bench.sh has measured.
#
# form=rates, form=costs: kind, gateways, requests a second, 99th percentile (ms), processor time of the
# gateways and of the server for a request (microseconds), transactions that write, bytes of log, wrong answers.
# form=sizes: table, bytes with indices, rows.
function with_commas(number,  text) {
  text = sprintf("%d", number)
  while (match(text, /^[0-9][0-9][0-9][0-9]+/)) {
    text = substr(text, 1, RLENGTH - 3) "," substr(text, RLENGTH - 2)
  }
  return text
}
function kilobytes(bytes) { return sprintf(bytes < 9950 ? "%.1f KB" : "%.0f KB", bytes / 1000) }

form == "rates" && FNR == 1 {
  print "| load | gateways | requests/s | p99 | gateways' CPU a request | server's CPU a request | wrong |"
  print "|---|---|---|---|---|---|---|"
}
form == "rates" {
  printf "| %s | %d | %s | %.1f ms | %.0f µs | %.0f µs | %d |\n", $1, $2, with_commas($3), $4, $5, $6, $9
}
form == "costs" && FNR == 1 {
  print "| one … | costs |"
  print "|---|---|"
}
form == "costs" {
  name = $1 == "event" ? "event of home automation, until its update is confirmed" : \
    FNR == 1 ? "write with a key, until the upstream's confirmation" : "… that an event tells of, and a delivery"
  printf "| %s | %.1f transactions that write, %.1f ms of the server's processor time, %s of write-ahead log |\n", \
    name, $7, $6 / 1000, kilobytes($8)
}
form == "sizes" && $3 > 0 { printf "| row of `%s`, indices included | %s |\n", $1, kilobytes($2 / $3) }
