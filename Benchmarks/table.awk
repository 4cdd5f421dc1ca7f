# Makes the tables of scripts/bench.sh: medians over the rounds, with the smallest and the largest.
#
# A line is "part", name, who, round, nanoseconds; or "scenario", name, who, round, requests/s, p50,
# p99, longest (ms), CPU µs a request, % of a core by the process, by the load, and by others on the
# process's core, MiB, upstream requests and commits a request, unexpected answers; or "target", name,
# who, column's name, "most" or "least", the bound of the ratio. "-" is unknown. `this` is who is
# compared, with everybody else who did the same.

function remember(kind, name, who, round, column, value) {
  if (!((kind, name) in seen)) {
    seen[kind, name]
    names[kind, ++name_count[kind]] = name
  }
  if (!((kind, name, who) in seen)) {
    seen[kind, name, who]
    whos[kind, name, ++who_count[kind, name]] = who
  }
  value_of[kind, name, who, round, column] = value
  if (round > rounds) rounds = round
  if (who == "other") is_against = 1
}

$1 == "target" {
  targets[++target_count] = $0
  next
}

{
  for (column = 5; column <= NF; column++) remember($1, $2, $3, $4, column, $column)
}

# Leaves the sorted values in `sorted`, and returns how many there are.
function collect(kind, name, who, column,    round, count, value) {
  count = 0
  for (round = 1; round <= rounds; round++) {
    if (!((kind, name, who, round, column) in value_of)) continue
    value = value_of[kind, name, who, round, column]
    if (value == "-") continue
    insert(++count, value + 0)
  }
  return count
}

# Ratios to somebody else, each of one round.
function collect_ratios(kind, name, who, column,    round, count, base) {
  count = 0
  for (round = 1; round <= rounds; round++) {
    if (!((kind, name, "this", round, column) in value_of)) continue
    base = value_of[kind, name, who, round, column]
    if (base > 0) insert(++count, value_of[kind, name, "this", round, column] / base)
  }
  return count
}

function insert(count, value,    place) {
  for (place = count; place > 1 && sorted[place - 1] > value; place--) {
    sorted[place] = sorted[place - 1]
  }
  sorted[place] = value
}

function middle(count) {
  if (count == 0) return 0
  return count % 2 ? sorted[(count + 1) / 2] : (sorted[count / 2] + sorted[count / 2 + 1]) / 2
}

# A median alone.
function one(format, name, who, column,    count) {
  count = collect("scenario", name, who, column)
  return count ? sprintf(format, middle(count)) : "-"
}

# A median with the extremes.
function spread(format, kind, name, who, column,    count) {
  count = collect(kind, name, who, column)
  return count ? sprintf(format " (" format "–" format ")", middle(count), sorted[1], sorted[count]) : "-"
}

function ratio(kind, name, who, column,    count) {
  count = collect_ratios(kind, name, who, column)
  return count ? sprintf("%.2f (%.2f–%.2f)", middle(count), sorted[1], sorted[count]) : "-"
}

function total(name, who, column,    round, sum) {
  for (round = 1; round <= rounds; round++) sum += value_of["scenario", name, who, round, column]
  return sum
}

function label(who) { return who == "this" && !is_against ? "gateway" : who }

function row(name, who) {
  printf "| %s%s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %d |\n", name, \
    (who_count["scenario", name] > 1 ? ", " label(who) : ""), spread("%.0f", "scenario", name, who, 5), \
    spread("%.1f", "scenario", name, who, 9), one("%.2f", name, who, 6), \
    one("%.2f", name, who, 7), one("%.1f", name, who, 8), one("%.0f", name, who, 10), \
    one("%.0f", name, who, 11), one("%.0f", name, who, 12), one("%.0f", name, who, 13), \
    one("%.3f", name, who, 14), one("%.3f", name, who, 15), total(name, who, 16)
}

function scenarios(    place, position, name) {
  print "| scenario, connections | requests/s | CPU µs a request | p50 ms | p99 ms | longest ms |" \
    " process % | load % | others % | MiB | upstream | commits | wrong |"
  print "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
  for (place = 1; place <= name_count["scenario"]; place++) {
    name = names["scenario", place]
    for (position = 1; position <= who_count["scenario", name]; position++) {
      row(name, whos["scenario", name, position])
    }
  }
}

function ratios(    place, position, name, who, is_begun) {
  for (place = 1; place <= name_count["scenario"]; place++) {
    name = names["scenario", place]
    for (position = 1; position <= who_count["scenario", name]; position++) {
      who = whos["scenario", name, position]
      if (who == "this" || collect_ratios("scenario", name, who, 5) == 0) continue
      if (!is_begun++) {
        print "\n| " label("this") " / its neighbour, round by round | requests/s | CPU a request | p99 |"
        print "|---|---|---|---|"
      }
      printf "| %s, %s | %s | %s | %s |\n", name, who, ratio("scenario", name, who, 5), \
        ratio("scenario", name, who, 9), ratio("scenario", name, who, 7)
    }
  }
}

# The ratios that have to be kept.
function verdicts(    place, field, column, count, is_kept, is_begun) {
  for (place = 1; place <= target_count; place++) {
    split(targets[place], field, "\t")
    column = field[4] == "requests/s" ? 5 : field[4] == "p99" ? 7 : 9
    count = collect_ratios("scenario", field[2], field[3], column)
    if (count == 0) continue
    if (!is_begun++) {
      print "\n| target | bound | measured | kept |"
      print "|---|---|---|---|"
    }
    is_kept = field[5] == "most" ? middle(count) <= field[6] : middle(count) >= field[6]
    printf "| %s, %s: %s | %s %.2f | %s | %s |\n", field[2], field[3], field[4], \
      field[5] == "most" ? "≤" : "≥", field[6], ratio("scenario", field[2], field[3], column), \
      is_kept ? "yes" : "**no**"
  }
}

function parts(    place, name) {
  print "\n| part | ns each |" (is_against ? " other | this / other |" : "")
  print "|---|---|" (is_against ? "---|---|" : "")
  for (place = 1; place <= name_count["part"]; place++) {
    name = names["part", place]
    printf "| %s | %s |", name, spread("%.0f", "part", name, "this", 5)
    printf is_against ? " %s | %s |\n" : "\n", spread("%.0f", "part", name, "other", 5), \
      ratio("part", name, "other", 5)
  }
}

END {
  if (name_count["scenario"]) scenarios()
  ratios()
  verdicts()
  if (name_count["part"]) parts()
}
