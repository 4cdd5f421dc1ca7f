#ifndef GW_CLIBPQ_H
#define GW_CLIBPQ_H

#include <libpq-fe.h>

#endif
