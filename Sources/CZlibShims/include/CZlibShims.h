#ifndef GW_CZLIB_SHIMS_H
#define GW_CZLIB_SHIMS_H

#include <stddef.h>

#define GW_ZLIB_CHECKED __attribute__((warn_unused_result))

// One stream that is being decompressed: a z_stream and what it points to.
typedef struct gw_inflater gw_inflater;

// What a step of the decompression came to.
enum {
  GW_INFLATE_MORE = 0,
  GW_INFLATE_END = 1,
  GW_INFLATE_MALFORMED = 2,
};

// gzip (RFC 1952) and zlib (RFC 1950) tell themselves apart; `raw` is for deflate without either (RFC
// 1951). NULL if there is no memory.
gw_inflater *gw_inflater_new(int raw) GW_ZLIB_CHECKED;

// Decompresses as much of `input` as `output` has room for, and says how many bytes of each were used.
int gw_inflater_step(gw_inflater *inflater, const unsigned char *input, size_t input_length,
                     size_t *taken, unsigned char *output, size_t output_length, size_t *made)
    GW_ZLIB_CHECKED;

// Frees the stream. NULL is fine.
void gw_inflater_free(gw_inflater *inflater);

#endif
