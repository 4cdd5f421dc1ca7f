# Makes a table (`form=table`) or a picture (`form=picture`) of lines of an axis, a size, and the
# processor time of a request in µs.
{
  if (!($1 in count)) axes[++axis_count] = $1
  size[$1, ++count[$1]] = $2
  cost[$1, count[$1]] = $3
  if ($3 > most[$1]) most[$1] = $3
}

function grouped(number,    text) {
  for (text = ""; number >= 1000; number = int(number / 1000)) {
    text = sprintf(",%03d", number % 1000) text
  }
  return number text
}

function table(    axis, place) {
  print "| grows | to | CPU µs a request | times the first |"
  print "|---|---|---|---|"
  for (axis = 1; axis <= axis_count; axis++) {
    for (place = 1; place <= count[axes[axis]]; place++) {
      printf "| %s | %s | %.1f | %.2f |\n", axes[axis], grouped(size[axes[axis], place]), \
        cost[axes[axis], place], cost[axes[axis], place] / cost[axes[axis], 1]
    }
  }
}

# A panel for each axis: sizes on a scale of powers of ten, costs from zero.
function panel(name, left, top,    place, x, y, path, last) {
  last = log(size[name, count[name]] / size[name, 1])
  for (place = 1; place <= count[name]; place++) {
    x = left + 40 + (last > 0 ? 250 * log(size[name, place] / size[name, 1]) / last : 0)
    y = top + 150 - 100 * cost[name, place] / most[name]
    path = path sprintf("%s%.0f,%.0f", place > 1 ? " " : "", x, y)
    printf "<circle cx=\"%.0f\" cy=\"%.0f\" r=\"3\" fill=\"#1f6f8b\"/>\n", x, y
    printf "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">%.1f</text>\n", x, y - 8, cost[name, place]
    printf "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\" fill=\"#666\">%s</text>\n", x, top + 168, \
      grouped(size[name, place])
  }
  printf "<polyline points=\"%s\" fill=\"none\" stroke=\"#1f6f8b\" stroke-width=\"1.5\"/>\n", path
  printf "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#999\"/>\n", left + 25, top + 150, \
    left + 305, top + 150
  printf "<text x=\"%d\" y=\"%d\" font-weight=\"bold\">%s</text>\n", left + 25, top + 18, name
}

function picture(    axis) {
  printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 660 %d\" role=\"img\"", \
    30 + 190 * int((axis_count + 1) / 2)
  print " font-family=\"sans-serif\" font-size=\"11\">"
  print "<title>How a request's processor time grows</title>"
  print "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
  for (axis = 1; axis <= axis_count; axis++) {
    panel(axes[axis], (axis - 1) % 2 * 330, 10 + 190 * int((axis - 1) / 2))
  }
  print "<text x=\"25\" y=\"" (22 + 190 * int((axis_count + 1) / 2)) \
    "\" fill=\"#666\">Processor time of a request in µs: cached reads; events for rules.</text>"
  print "</svg>"
}

END { if (form == "picture") picture(); else table() }
