#include "CZlibShims.h"

#include <stdlib.h>
#include <zlib.h>

struct gw_inflater {
  z_stream stream;
};

gw_inflater *gw_inflater_new(int raw) {
  gw_inflater *inflater = calloc(1, sizeof *inflater);
  if (!inflater) return NULL;
  // 32 more than the largest window: look for a header of either kind. Negative: there is none.
  if (inflateInit2(&inflater->stream, raw ? -MAX_WBITS : MAX_WBITS + 32) == Z_OK) return inflater;
  free(inflater);
  return NULL;
}

int gw_inflater_step(gw_inflater *inflater, const unsigned char *input, size_t input_length,
                     size_t *taken, unsigned char *output, size_t output_length, size_t *made) {
  z_stream *stream = &inflater->stream;
  // zlib counts in unsigned int; whoever calls goes on with what is left.
  const uInt most = 1u << 30;
  const uInt available = input_length > most ? most : (uInt)input_length;
  const uInt room = output_length > most ? most : (uInt)output_length;
  stream->next_in = (Bytef *)(size_t)input;
  stream->avail_in = available;
  stream->next_out = output;
  stream->avail_out = room;
  const int code = inflate(stream, Z_NO_FLUSH);
  *taken = available - stream->avail_in;
  *made = room - stream->avail_out;
  if (code == Z_STREAM_END) return GW_INFLATE_END;
  // Z_BUF_ERROR means only that there was nothing to do.
  return code == Z_OK || code == Z_BUF_ERROR ? GW_INFLATE_MORE : GW_INFLATE_MALFORMED;
}

void gw_inflater_free(gw_inflater *inflater) {
  if (!inflater) return;
  (void)inflateEnd(&inflater->stream);
  free(inflater);
}
