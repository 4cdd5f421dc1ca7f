# Wraps comment lines of more than 100 columns, which swift-format leaves alone. Code is not touched.
#
# What does not fit moves to the start of the comment's next line, if that carries the sentence on, or
# to a line of its own. A code span is never broken.

# Where to cut `text`, so that what stays has at most `room` columns; 0 if it cannot be cut.
function cut_at(text, room,    place, index_, ticks) {
  place = 0
  ticks = 0
  for (index_ = 1; index_ <= room + 1 && index_ <= length(text); index_++) {
    if (substr(text, index_, 1) == "`") ticks++
    if (substr(text, index_, 1) == " " && ticks % 2 == 0) place = index_
  }
  return place
}

# Prints the line; what does not fit is left in `carried`. The row of a table stays whole.
function emit(lead, text,    place) {
  if (text ~ /^ *\|/) {
    print lead text
    return
  }
  while (length(lead text) > 100 && (place = cut_at(text, 100 - length(lead))) > length(hang(text)) + 1) {
    print lead substr(text, 1, place - 1)
    text = hang(text) substr(text, place + 1)
    if (length(lead text) <= 100) {
      carried = text
      carried_lead = lead
      return
    }
  }
  print lead text
}

# How far the lines below an item of a list stand in.
function hang(text) {
  if (text ~ /^ *[-*] /) {
    match(text, /^ */)
    return substr("                    ", 1, RLENGTH + 2)
  }
  match(text, /^ */)
  return substr("                    ", 1, RLENGTH)
}

function flush_carried() {
  if (carried != "") print carried_lead carried
  carried = ""
}

{
  if (match($0, /^ *\/\/\/? /)) {
    lead = substr($0, 1, RLENGTH)
    text = substr($0, RLENGTH + 1)
    if (carried != "") {
      # The same paragraph: same place, no item, table, fence or heading.
      match(carried, /^ */)
      indent = RLENGTH
      match(text, /^ */)
      if (lead == carried_lead && RLENGTH == indent && text !~ /^ *([-*|#>]|[0-9]+\.|```)/) {
        text = carried " " substr(text, RLENGTH + 1)
        carried = ""
      } else flush_carried()
    }
    emit(lead, text)
  } else {
    flush_carried()
    print
  }
}

END { flush_carried() }
