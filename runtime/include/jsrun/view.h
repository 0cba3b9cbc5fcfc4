/* Memory of JavaScript's buffers, for the host to read and write in place. */
#ifndef JSRUN_VIEW_H
#define JSRUN_VIEW_H

#include "jsrun/value.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The memory of an ArrayBuffer, a SharedArrayBuffer, a typed array or a DataView, as it was when
 * the view was opened. The memory stays where it is until the view is closed: also when JavaScript
 * has dropped, transferred or grown the buffer, and after the end of the runtime. It counts as the
 * runtime's until then. */
typedef struct jsrun_view {
    void *data;    /* NULL if there are no bytes */
    size_t length; /* in bytes */
    void *memory;  /* the library's */
    unsigned process;
} jsrun_view;

typedef enum jsrun_view_status {
    JSRUN_VIEW_OK,
    JSRUN_VIEW_RESIZABLE, /* it may shrink, and its memory be gone then */
    JSRUN_VIEW_NO_MEMORY,
} jsrun_view_status;

/* On the job's thread, with its entry. On any other result than JSRUN_VIEW_OK there is nothing to
 * close. */
jsrun_view_status jsrun_view_open(jsrun_entry *entry, jsrun_value bytes, jsrun_view *view);
/* Any thread, also in a forked child, where the memory is left alone. Takes no lock of the
 * library's. */
void jsrun_view_close(jsrun_view *view);

/* A Uint8Array over new memory, of zeros. NULL: out of memory. */
jsrun_value jsrun_bytes_zeroed(jsrun_entry *entry, size_t length);

#ifdef __cplusplus
}
#endif

#endif
