/* The answers to /json/list and /json/version. */
#ifndef INSPECTOR_JSON_H
#define INSPECTOR_JSON_H

#include "endpoint.h"
#include "text.h"

enum { INSPECTOR_URL_SIZE = 1024 };

/* The URLs of a target, or of an endpoint's root, for a client that reaches the endpoint as
 * `authority` ("localhost:9229"), with the endpoint's access token. */
void inspector_websocket_url(const inspector_endpoint *endpoint, const char *authority,
                             const char *id, char url[INSPECTOR_URL_SIZE]);
void inspector_frontend_url(const inspector_endpoint *endpoint, const char *authority,
                            const char *id, char url[INSPECTOR_URL_SIZE]);
void inspector_root_frontend_url(const inspector_endpoint *endpoint, const char *authority,
                                 char url[INSPECTOR_URL_SIZE]);

/* Both add a JSON text and a line end; text->failed is true if memory has run out. */
void inspector_json_list(inspector_text *text, const inspector_endpoint *endpoint,
                         const char *authority);
void inspector_json_version(inspector_text *text, const inspector_endpoint *endpoint,
                            const char *authority);

#endif
