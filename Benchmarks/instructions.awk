# Holds counted instructions against those that are expected: lines of `expected` or `counted`, a name
# and a number. Fails where one has grown by more than `tolerance` percent, or nothing is expected.
$1 == "expected" { expected[$2] = $3; next }
!($2 in expected) {
  printf "%-16s %9d instructions a request, NOT EXPECTED\n", $2, $3
  grown = 1
  next
}
{
  change = 100 * ($3 / expected[$2] - 1)
  verdict = ""
  if (100 * $3 > (100 + tolerance) * expected[$2]) { verdict = ", TOO MANY"; grown = 1 }
  if (change < -tolerance) verdict = ", fewer: keep it so with UPDATE=1"
  printf "%-16s %9d instructions a request, %+.1f %%%s\n", $2, $3, change, verdict
}
END { exit grown }
