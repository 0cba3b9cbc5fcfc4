/* The page at /: the targets, for people. */
#ifndef INSPECTOR_PAGE_H
#define INSPECTOR_PAGE_H

#include "endpoint.h"
#include "text.h"

/* Adds an HTML page. `authority` is how the reader reached the endpoint. */
void inspector_page(inspector_text *text, const inspector_endpoint *endpoint,
                    const char *authority);

#endif
