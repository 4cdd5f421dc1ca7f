# One sample: what wrk, the kernel and the gateway's own counters say, as a row of Benchmarks/table.awk.
#
#   1-6 requests, microseconds, p50, p99, longest, failures   7-9 the load's user and system seconds, elapsed
#   10-13 ticks: process, process until idle, core; resident KiB   14-21 counts before and after
#
# `is_gateway` tells whether there are such counts, `is_beside` whether it runs on the measured core.
{
  requests = $1 > 0 ? $1 : 1
  # The load knows answers of 400 and above; the gateway all that are not as they should be. Those
  # still under way at the end are counted by the gateway alone.
  unexpected = $6
  if (is_gateway && $1 - ($18 - $14) > unexpected) unexpected = $1 - ($18 - $14)
  unexpected += $21 - $17
  elapsed = $9
  print "scenario", name, who, round, $1 / ($2 / 1e6), $3 / 1e3, $4 / 1e3, $5 / 1e3, \
    $11 / hertz * 1e6 / requests, 100 * $10 / hertz / elapsed, 100 * ($7 + $8) / elapsed, \
    is_beside ? 100 * ($12 - $10) / hertz / elapsed : "-", $13 / 1024, \
    is_gateway ? ($19 - $15) / requests : "-", is_gateway ? ($20 - $16) / requests : "-", unexpected
}
