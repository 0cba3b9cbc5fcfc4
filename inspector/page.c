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

void inspector_page(inspector_text *text, const struct inspector_entries *entries,
                    const char *authority) {
    const inspector_entry *entry;
    char url[INSPECTOR_URL_SIZE];
    inspector_text_add(text, head, sizeof(head) - 1);
    TAILQ_FOREACH(entry, entries, link) {
        inspector_text_print(text, "<h2>");
        inspector_text_add_html(text, entry->info->title);
        inspector_text_print(text, "</h2>\n<p>");
        inspector_text_add_html(text, entry->info->description);
        inspector_text_print(text, "</p>\n<code>");
        inspector_frontend_url(authority, entry->info->id, url);
        inspector_text_add_html(text, url);
        inspector_text_print(text, "</code>\n");
    }
    inspector_text_print(text, "</html>\n");
}
