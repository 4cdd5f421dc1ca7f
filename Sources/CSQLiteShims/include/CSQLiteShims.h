#ifndef GW_CSQLITE_SHIMS_H
#define GW_CSQLITE_SHIMS_H

// SQLite's settings for the whole process are made by a variadic function, and Swift imports none.

// Makes SQLite keep no account of its memory, which nobody asks for and which takes a lock at each
// allocation. Has an effect only before the first connection of the process; returns SQLite's code.
int gw_sqlite_count_no_memory(void);

#endif
