#include "page.h"

#include "json.h"
#include "jsrun/inspector.h"

static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>jsrun inspector</title>\n"
    "<style>\n"
    ":root { color-scheme: light dark }\n"
    "body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;"
    " padding: 0 1rem }\n"
    "h1 { font-size: 1.4rem }\n"
    "h2 { font-size: 1.1rem; margin: 2rem 0 0 }\n"
    "p { margin: .25rem 0 }\n"
    "code { display: block; padding: .5rem; overflow-wrap: anywhere; user-select: all;"
    " background: #8882; border-radius: .25rem }\n"
    "</style>\n"
    "<h1>jsrun inspector</h1>\n"
    "<p>Open <b>chrome://inspect</b>, or copy a target&rsquo;s link into Chrome&rsquo;s address"
    " bar (a page may not open it for you).</p>\n";

static void add_target(inspector_text *text, const char *title, const char *description,
                       const char *url) {
    inspector_text_print(text, "<h2>");
    inspector_text_add_html(text, title);
    inspector_text_print(text, "</h2>\n<p>");
    inspector_text_add_html(text, description);
    inspector_text_print(text, "</p>\n<code>");
    inspector_text_add_html(text, url);
    inspector_text_print(text, "</code>\n");
}

void inspector_page(inspector_text *text, const inspector_endpoint *endpoint,
                    const char *authority) {
    const inspector_entry *entry;
    char url[INSPECTOR_URL_SIZE];
    inspector_text_add(text, head, sizeof(head) - 1);
    inspector_root_frontend_url(endpoint, authority, url);
    add_target(text, "All of them", "in one window, and those that are still to come", url);
    TAILQ_FOREACH(entry, inspector_endpoint_entries(endpoint), link) {
        inspector_frontend_url(endpoint, authority, entry->info->id, url);
        add_target(text, entry->info->title, entry->info->description, url);
    }
    inspector_text_print(text, "</html>\n");
}
