/* Hosts and origins, names of targets, addresses, and texts: the parts that need no network. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "admission.h"
#include "text.h"
#include "token.h"
#include "uuid.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_hosts(void) {
    static const struct {
        const char *host;
        bool admitted;
    } cases[] = {
        {"localhost", true},
        {"localhost:9229", true},
        {"LocalHost:9229", true},
        {"jsrun.localhost:9229", true},
        {"a.b.localhost", true},
        {"127.0.0.1", true},
        {"127.0.0.1:9229", true},
        {"192.168.1.7:80", true},
        {"0.0.0.0:1", true},
        {"[::1]", true},
        {"[::1]:9229", true},
        {"[fe80::1]:65535", true},
        {"[::ffff:127.0.0.1]:1", true},
        {"", false},
        {":", false},
        {":9229", false},
        {"evil.com", false},
        {"evil.com:9229", false},
        {"localhost.evil.com", false},
        {"notlocalhost", false},
        {".localhost", false},
        {"localhost.", false},
        {"localhost:", false},
        {"localhost:http", false},
        {"localhost:92290000", false},
        {"localhost:9229 ", false},
        {"localhost:9229:1", false},
        {"localhost,evil.com", false},
        {"evil.com,localhost", false},
        {"evil.com/.localhost", false},
        {"\"><script>.localhost", false},
        {"a b.localhost", false},
        {"127.0.0.1.evil.com", false},
        {"127.0.0.1.nip.io", false},
        {"127.1", false},
        {"2130706433", false},
        {"0x7f000001", false},
        {"127.0.0.1x", false},
        {"::1", false},
        {"[::1", false},
        {"[::1]x", false},
        {"[::1]:", false},
        {"[::1]9229", false},
        {"[]", false},
        {"[localhost]", false},
        {"[::1%lo]", false},
        {"[127.0.0.1]", false},
        {"user@localhost", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (inspector_admits_host(cases[i].host) != cases[i].admitted) {
            fprintf(stderr, "host: %s\n", cases[i].host);
            abort();
        }
    }

    char host[1024];
    memset(host, 'a', sizeof(host));
    strcpy(host + sizeof(host) - sizeof(".localhost"), ".localhost");
    assert(!inspector_admits_host(host));
    host[0] = '[';
    assert(!inspector_admits_host(host));
}

static void test_origins(void) {
    static const struct {
        const char *origin;
        bool admitted;
    } cases[] = {
        {"devtools://devtools", true},
        {"devtools://devtools/", false},
        {"devtools://devtools.evil.com", false},
        {"devtools://other", false},
        {"DEVTOOLS://devtools", false},
        {"http://localhost:9229", false},
        {"http://127.0.0.1", false},
        {"https://evil.com", false},
        {"https://chrome-devtools-frontend.appspot.com", false},
        {"chrome-extension://abcdef", false},
        {"vscode-webview://abcdef", false},
        {"file://", false},
        {"null", false},
        {"", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (inspector_admits_origin(cases[i].origin) != cases[i].admitted) {
            fprintf(stderr, "origin: %s\n", cases[i].origin);
            abort();
        }
    }
}

static void test_uuid(void) {
    char ids[100][INSPECTOR_UUID_SIZE];
    for (size_t i = 0; i < COUNT(ids); i++) {
        bool made = inspector_uuid(ids[i]);
        assert(made);
        assert(strlen(ids[i]) == 36 && strspn(ids[i], "0123456789abcdef-") == 36);
        assert(ids[i][8] == '-' && ids[i][13] == '-' && ids[i][18] == '-' && ids[i][23] == '-');
        assert(ids[i][14] == '4' && strchr("89ab", ids[i][19]));
        for (size_t j = 0; j < i; j++) assert(strcmp(ids[i], ids[j]) != 0);
    }
}

static void test_text(void) {
    inspector_text text = {0};
    inspector_text_add_html(&text, "<a href='x' title=\"y\"> & \xc3\xa9");
    assert(strcmp(text.data, "&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt; &amp; \xc3\xa9") == 0);
    assert(text.length == strlen(text.data));
    for (int i = 0; i < 10000; i++) inspector_text_print(&text, "%d,", i);
    assert(!text.failed && strstr(text.data, ",9998,9999,"));
    inspector_text_free(&text);
    inspector_text_add(&text, "", 0);
    assert(text.data && text.length == 0);
    inspector_text_free(&text);
}

static void test_json_strings(void) {
    inspector_text text = {0};
    inspector_text_add_json(&text, "a\"b\\c\n\0\x1f\xc3\xa9", 10);
    assert(strcmp(text.data, "\"a\\\"b\\\\c\\u000a\\u0000\\u001f\xc3\xa9\"") == 0);
    inspector_text_free(&text);
    inspector_text_add_json(&text, "", 0);
    assert(strcmp(text.data, "\"\"") == 0);
    inspector_text_free(&text);
}

static void test_tokens(void) {
    char token[INSPECTOR_TOKEN_SIZE], other[INSPECTOR_TOKEN_SIZE], too_long[200] = {0};
    assert(inspector_token_new(token) && inspector_token_new(other));
    assert(inspector_token_is_valid(token) && strlen(token) == 64);
    assert(!inspector_token_equal(token, other) && inspector_token_equal(token, token));
    strcpy(other, token);
    assert(inspector_token_equal(token, other));
    other[63]++;
    assert(!inspector_token_equal(token, other) && !inspector_token_equal(token, ""));
    other[63] = '\0';
    assert(!inspector_token_equal(token, other) && !inspector_token_equal(other, token));
    memset(too_long, 'x', sizeof(too_long) - 1);
    assert(!inspector_token_equal(token, too_long) && !inspector_token_equal(too_long, too_long));
    assert(!inspector_token_is_valid(too_long) && !inspector_token_is_valid("short"));
    assert(inspector_token_is_valid("0123456789-._~aZ"));
    assert(!inspector_token_is_valid("0123456789-._~a&"));
}

static void test_names(void) {
    static const char *const names[] = {"devbox", "devbox.example:1234", "a-b_c.d", "127.0.0.1:1"};
    static const char *const others[] = {"",         ":1",  "a b",  "a:b",
                                         "a:123456", "a/b", "a\"b", "[::1]"};
    for (size_t i = 0; i < COUNT(names); i++) assert(inspector_admits_name(names[i]));
    for (size_t i = 0; i < COUNT(others); i++) assert(!inspector_admits_name(others[i]));
}

static void test_addresses(void) {
    static const struct {
        const char *host;
        bool loopback;
    } cases[] = {
        {"127.0.0.1", true}, {"127.8.9.1", true}, {"localhost", true}, {"LOCALHOST", true},
        {"::1", true},       {"0.0.0.0", false},  {"::", false},       {"192.0.2.1", false},
    };
    char error[200] = "", authority[INSPECTOR_AUTHORITY_SIZE];
    inspector_addresses found, again;
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool resolved =
            inspector_addresses_resolve(cases[i].host, 9229, &found, error, sizeof(error));
        assert(resolved && found.count >= 1);
        assert(inspector_address_port(&found.list[0]) == 9229);
        assert(inspector_address_is_loopback(&found.list[0]) == cases[i].loopback);
    }

    inspector_addresses_resolve("localhost", 1, &found, error, sizeof(error));
    inspector_addresses_resolve("127.0.0.1", 1, &again, error, sizeof(error));
    assert(inspector_address_equal(&found.list[0], &again.list[0]));
    inspector_address_set_port(&again.list[0], 2);
    assert(!inspector_address_equal(&found.list[0], &again.list[0]));
    inspector_addresses_resolve("::1", 1, &again, error, sizeof(error));
    assert(!inspector_address_equal(&found.list[0], &again.list[0]));

    assert(error[0] == '\0');
    bool resolved = inspector_addresses_resolve("not a host", 1, &found, error, sizeof(error));
    assert(!resolved && strstr(error, "cannot listen on not a host: "));

    inspector_authority("127.0.0.1", 9229, authority);
    assert(strcmp(authority, "127.0.0.1:9229") == 0);
    inspector_authority("::1", 65535, authority);
    assert(strcmp(authority, "[::1]:65535") == 0);
}

int main(void) {
    test_hosts();
    test_origins();
    test_uuid();
    test_text();
    test_json_strings();
    test_tokens();
    test_names();
    test_addresses();
    return 0;
}
