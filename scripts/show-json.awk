# Lays out one JSON text for people: short values on one line, long ones with a line for each member.
# Needs nothing but awk, since neither jq nor Python is on every machine.
#
#   only   names of top-level members to show, separated by blanks; all without it
#   width  the most columns of a line, 96 without it
#
# A string is never broken, so a long one makes a long line. Input that is no JSON is shown as it is.

BEGIN { if (!width) width = 96 }
{ text = text $0 " " }

END {
  blanks = "                                        "
  position = 1
  value = compact()
  if (failed || value !~ /^[{["]/) {
    sub(/ $/, "", text)
    print text
    exit
  }
  if (only != "") value = chosen(value)
  print laid_out(value, 0, 0)
}

# The value at `position`, with one blank behind each colon and comma, and none elsewhere.
function compact(    start, character, depth, out) {
  depth = 0
  out = ""
  while (position <= length(text)) {
    character = substr(text, position, 1)
    if (character == "\"") {
      out = out string_at()
      if (failed) return out
      continue
    }
    position++
    if (character ~ /[ \t\r]/) continue
    if (character ~ /[{[]/) depth++
    if (character ~ /[]}]/ && --depth < 0) failed = 1
    if (character ~ /[:,]/) character = character " "
    out = out character
  }
  if (depth != 0 || out == "") failed = 1
  return out
}

# The string that begins at `position`, escapes and all.
function string_at(    start, character) {
  start = position++
  while (position <= length(text)) {
    character = substr(text, position, 1)
    position += character == "\\" ? 2 : 1
    if (character == "\"") return substr(text, start, position - start)
  }
  failed = 1
  return substr(text, start)
}

# Cuts what stands between the outer brackets at its commas; fills `part` and gives their number.
function split_members(value, part,    count, index_, start, character, depth) {
  count = 0
  depth = 0
  start = 2
  for (index_ = 2; index_ < length(value); index_++) {
    character = substr(value, index_, 1)
    if (character == "\"") {
      do {
        index_ += substr(value, index_, 1) == "\\" ? 2 : 1
      } while (substr(value, index_, 1) != "\"")
    } else if (character ~ /[{[]/) depth++
    else if (character ~ /[]}]/) depth--
    else if (character == "," && depth == 0) {
      part[++count] = substr(value, start, index_ - start)
      start = index_ + 2
    }
  }
  if (start < length(value)) part[++count] = substr(value, start, length(value) - start)
  return count
}

# The object with the members named in `only`, and how many more there are.
function chosen(value,    part, count, index_, kept, left, name) {
  if (value !~ /^{/) return value
  count = split_members(value, part)
  kept = ""
  left = 0
  for (index_ = 1; index_ <= count; index_++) {
    name = part[index_]
    sub(/^"/, "", name)
    sub(/": .*/, "", name)
    if (index(" " only " ", " " name " ")) kept = kept (kept == "" ? "" : ", ") part[index_]
    else left++
  }
  more = left
  return "{" kept "}"
}

# The value in lines, unless it fits on the one where it begins; `depth` counts the levels around it,
# `used` the columns before it.
function laid_out(value, depth, used,    part, count, index_, indent, is_cut, out, name) {
  is_cut = depth == 0 && more
  if (value !~ /^[{[]/ || (used + length(value) < width && !is_cut)) return value
  indent = substr(blanks, 1, 2 * depth)
  count = split_members(value, part)
  out = substr(value, 1, 1) "\n"
  for (index_ = 1; index_ <= count; index_++) {
    name = ""
    # In a list there is none.
    if (value ~ /^{/ && match(part[index_], /^"([^"\\]|\\.)*": /)) {
      name = substr(part[index_], 1, RLENGTH)
    }
    out = out indent "  " name \
      laid_out(substr(part[index_], length(name) + 1), depth + 1, 2 * depth + 2 + length(name)) \
      (index_ < count || is_cut ? ",\n" : "\n")
  }
  if (is_cut) out = out indent "  … " more " more\n"
  return out indent substr(value, length(value), 1)
}
