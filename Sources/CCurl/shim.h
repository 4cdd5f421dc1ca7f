#ifndef GW_CCURL_H
#define GW_CCURL_H

// Typed handles in place of `void *`, so that an easy handle cannot pass for a multi handle.
#define CURL_NO_OLDIES 1
#include <curl/curl.h>

#endif
