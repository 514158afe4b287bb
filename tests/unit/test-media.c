/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Links to encrypted files, good and hostile, and the files: known answer,
 * round trip, and what must leave nothing behind. */

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "omemo/media-file.h"

#define IV_12 "000102030405060708090a0b"
#define IV_16 IV_12 "0c0d0e0f"
#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define NO_LIMIT PEN_MEDIA_FILE_MAX_BYTES

static const struct
{
  const char *text;
  const char *url;
  const char *host;
  const char *name;
  gsize iv_bytes;
} good_links[] = {
  { "aesgcm://up.example/a/cat.jpg#" IV_12 KEY, "https://up.example/a/cat.jpg", "up.example", "cat.jpg", 12 },
  { " aesgcm://up.example/cat.jpg#" IV_16 KEY "\n", "https://up.example/cat.jpg", "up.example", "cat.jpg", 16 },
  { "AESGCM://UP.Example:8443/x?y=1/2#" IV_12 KEY, "https://UP.Example:8443/x?y=1/2", "up.example", "x", 12 },
  { "aesgcm://127.0.0.1:5280/f#" IV_12 KEY, "https://127.0.0.1:5280/f", "127.0.0.1", "f", 12 },
  { "aesgcm://[::1]:5280/f#" IV_12 KEY, "https://[::1]:5280/f", "::1", "f", 12 },
  { "aesgcm://h/#" IV_12 KEY, "https://h/", "h", "file", 12 },
  { "aesgcm://h/.bashrc#" IV_12 KEY, "https://h/.bashrc", "h", "bashrc", 12 },
  { "aesgcm://h/..%2f..%2fetc%2fpasswd#" IV_12 KEY, "https://h/..%2f..%2fetc%2fpasswd", "h", "_.._etc_passwd", 12 },
  { "aesgcm://h/a%5Cb%3Ac.txt#" IV_12 KEY, "https://h/a%5Cb%3Ac.txt", "h", "a_b_c.txt", 12 },
  { "aesgcm://h/Gr%C3%BC%C3%9Fe.txt#" IV_12 KEY, "https://h/Gr%C3%BC%C3%9Fe.txt", "h", "Grüße.txt", 12 },
  { "aesgcm://h/a%E2%80%AEgpj.exe#" IV_12 KEY, "https://h/a%E2%80%AEgpj.exe", "h", "a_gpj.exe", 12 },
  { "aesgcm://h/a%FFb#" IV_12 KEY, "https://h/a%FFb", "h", "a_b", 12 },
  { "aesgcm://h/%2E%2E%2E#" IV_12 KEY, "https://h/%2E%2E%2E", "h", "file", 12 },
};

static void
test_good_links (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_links); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (PenMediaLink) link = pen_media_link_parse (good_links[i].text, &error);

      g_test_message ("%s", good_links[i].text);
      g_assert_no_error (error);
      g_assert_cmpstr (link->url, ==, good_links[i].url);
      g_assert_cmpstr (link->host, ==, good_links[i].host);
      g_assert_cmpstr (link->name, ==, good_links[i].name);
      g_assert_cmpuint (link->iv_bytes, ==, good_links[i].iv_bytes);
      for (gsize n = 0; n < PEN_MEDIA_KEY_BYTES; n++)
        g_assert_cmpuint (link->key[n], ==, n);
    }
}

static const char *const bad_links[] = {
  "",
  "aesgcm://",
  "aesgcm://h/f",
  "aesgcm://h/f#",
  "aesgcm://h/f#" KEY,
  "aesgcm://h/f#" IV_12 KEY "0",
  "aesgcm://h/f#" IV_12 KEY "00",
  "aesgcm://h/f#" IV_16 KEY "00",
  "aesgcm://h/f#" IV_12 "g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
  "aesgcm://h/f#0x0102030405060708090a0b" KEY,
  "aesgcm://h/f# 0102030405060708090a0b" KEY "1",
  "aesgcm://h/f#" IV_12 KEY "#" IV_12 KEY,
  "http://h/f#" IV_12 KEY,
  "https://h/f#" IV_12 KEY,
  "file:///etc/passwd#" IV_12 KEY,
  "aesgcm:/h/f#" IV_12 KEY,
  "aesgcm:///f#" IV_12 KEY,
  "aesgcm://h#" IV_12 KEY,
  "aesgcm://h?f#" IV_12 KEY,
  "aesgcm://user@h/f#" IV_12 KEY,
  "aesgcm://user:word@h/f#" IV_12 KEY,
  "aesgcm://h:/f#" IV_12 KEY,
  "aesgcm://h:0/f#" IV_12 KEY,
  "aesgcm://h:65536/f#" IV_12 KEY,
  "aesgcm://h:80:80/f#" IV_12 KEY,
  "aesgcm://h:+80/f#" IV_12 KEY,
  "aesgcm://-h/f#" IV_12 KEY,
  "aesgcm://.h/f#" IV_12 KEY,
  "aesgcm://a..b/f#" IV_12 KEY,
  "aesgcm://a%2eb/f#" IV_12 KEY,
  "aesgcm://h\\@x/f#" IV_12 KEY,
  "aesgcm://[::1/f#" IV_12 KEY,
  "aesgcm://[x]/f#" IV_12 KEY,
  "aesgcm://[1]/f#" IV_12 KEY,
  "aesgcm://[::1]x/f#" IV_12 KEY,
  "aesgcm://h/../f#" IV_12 KEY,
  "aesgcm://h/a/..#" IV_12 KEY,
  "aesgcm://h/./f#" IV_12 KEY,
  "aesgcm://h/%2e%2E/f#" IV_12 KEY,
  "aesgcm://h/a b#" IV_12 KEY,
  "aesgcm://h/a\tb#" IV_12 KEY,
  "aesgcm://h/a\r\nHost: x#" IV_12 KEY,
  "aesgcm://h/a%0d%0ab#" IV_12 KEY,
  "aesgcm://h/a%00b#" IV_12 KEY,
  "aesgcm://h/a%7fb#" IV_12 KEY,
  "aesgcm://h/a%#" IV_12 KEY,
  "aesgcm://h/a%4#" IV_12 KEY,
  "aesgcm://h/a%zz#" IV_12 KEY,
  "aesgcm://h/a\\b#" IV_12 KEY,
  "aesgcm://h/a\"b#" IV_12 KEY,
  "aesgcm://h/\xc3\xbc#" IV_12 KEY,
  "aesgcm://h\xc3\xbc/f#" IV_12 KEY,
  "see aesgcm://h/f#" IV_12 KEY,
  "aesgcm://h/f#" IV_12 KEY " thanks",
};

static void
assert_bad (const char *text)
{
  g_autoptr (GError) error = NULL;

  g_test_message ("%.100s", text);
  g_assert_null (pen_media_link_parse (text, &error));
  g_assert_error (error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_LINK);
}

static void
test_bad_links (void)
{
  g_autofree char *long_path = g_strnfill (PEN_MEDIA_LINK_MAX_BYTES, 'a');
  g_autofree char *long_link = g_strconcat ("aesgcm://h/", long_path, "#" IV_12 KEY, NULL);
  g_autofree char *long_host = g_strnfill (254, 'h');
  g_autofree char *host_link = g_strconcat ("aesgcm://", long_host, "/f#" IV_12 KEY, NULL);
  g_autofree char *huge = g_strnfill (8 * 1024 * 1024, '#');
  g_autofree char *huge_link = g_strconcat ("aesgcm://h/", huge, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (bad_links); i++)
    assert_bad (bad_links[i]);
  assert_bad (long_link);
  assert_bad (host_link);
  assert_bad (huge_link);
}

static void
test_long_names (void)
{
  g_autofree char *stem = g_strnfill (400, 'n');
  g_autofree char *text = g_strconcat ("aesgcm://h/", stem, ".jpeg#" IV_12 KEY, NULL);
  g_autoptr (PenMediaLink) link = pen_media_link_parse (text, NULL);

  g_assert_cmpuint (strlen (link->name), <=, 120);
  g_assert_true (g_str_has_suffix (link->name, "n.jpeg"));
}

static void
test_build (void)
{
  guint8 key[PEN_MEDIA_KEY_BYTES];
  g_autofree char *link = NULL;
  g_autofree char *looped = NULL;
  static const char *const refused[]
    = { "http://up.example/f", "ftp://up.example/f", "https://up.example/f#x", "https://u@up.example/f", "" };

  for (gsize i = 0; i < sizeof key; i++)
    key[i] = (guint8) i;
  link = pen_media_link_build ("https://up.example/f", key, key, NULL);
  g_assert_cmpstr (link, ==, "aesgcm://up.example/f#" IV_12 KEY);
  looped = pen_media_link_build ("http://127.0.0.1:80/f", key, key, NULL);
  g_assert_cmpstr (looped, ==, "aesgcm://127.0.0.1:80/f#" IV_12 KEY);
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (pen_media_link_build (refused[i], key, key, &error));
      g_assert_error (error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_LINK);
    }
}

static void
test_holds_link (void)
{
  g_assert_true (pen_media_holds_link ("aesgcm://h/f"));
  g_assert_true (pen_media_holds_link ("look: AesGcm://h/f"));
  g_assert_false (pen_media_holds_link ("https://h/aesgcm:/f"));
  g_assert_false (pen_media_holds_link (""));
}

static void
test_loopback (void)
{
  static const char *const here[] = { "localhost", "LocalHost", "127.0.0.1", "127.9.9.9", "::1" };
  static const char *const elsewhere[] = { "127.0.0.1.example", "127.0.0", "localhost.example", "10.0.0.1", "::2", "" };

  for (gsize i = 0; i < G_N_ELEMENTS (here); i++)
    g_assert_true (pen_media_is_loopback (here[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (elsewhere); i++)
    g_assert_false (pen_media_is_loopback (elsewhere[i]));
}

/* A folder of the test's own. */
typedef struct
{
  char *folder;
  char *path;
} Place;

static void
fill_counting (guint8 *buffer, gsize length_bytes, G_GNUC_UNUSED gpointer data)
{
  for (gsize i = 0; i < length_bytes; i++)
    buffer[i] = (guint8) i;
}

static const PenRandom counting = { fill_counting, NULL };

static void
place_set_up (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  place->folder = g_dir_make_tmp ("pen-media-XXXXXX", NULL);
  place->path = g_build_filename (place->folder, "plain", NULL);
}

static guint
count_files (const char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  guint count = 0;

  while (g_dir_read_name (dir) != NULL)
    count++;
  g_dir_close (dir);
  return count;
}

static void
place_tear_down (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  GDir *dir = g_dir_open (place->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (place->folder, name, NULL);

      g_unlink (path);
    }
  g_dir_close (dir);
  g_rmdir (place->folder);
  g_free (place->folder);
  g_free (place->path);
}

/* Returns: @length bytes that differ, encrypted, read in parts of @step bytes. */
static GByteArray *
seal (Place *place, gsize length, gsize step)
{
  g_autofree guint8 *plain = g_malloc (length + 1);
  g_autofree guint8 *buffer = g_malloc (step);
  g_autoptr (PenMediaSource) source = NULL;
  g_autoptr (GError) error = NULL;
  GByteArray *sealed = g_byte_array_new ();
  gssize got;

  for (gsize i = 0; i < length; i++)
    plain[i] = (guint8) (i * 7 + i / 256);
  g_assert_true (g_file_set_contents (place->path, (char *) plain, (gssize) length, NULL));
  source = pen_media_source_new (place->path, NO_LIMIT, &counting, &error);
  g_assert_no_error (error);
  while ((got = pen_media_source_read (source, buffer, step, &error)) > 0)
    g_byte_array_append (sealed, buffer, (guint) got);
  g_assert_no_error (error);
  g_assert_cmpint (pen_media_source_size_bytes (source), ==, sealed->len);
  g_assert_cmpuint (sealed->len, ==, length + PEN_MEDIA_TAG_BYTES);
  return sealed;
}

static char *
open_sealed (Place *place, const GByteArray *sealed, gsize step, GError **error)
{
  g_autoptr (PenMediaLink) link = pen_media_link_parse ("aesgcm://h/got.bin#" IV_12 KEY, NULL);
  g_autoptr (PenMediaSink) sink = pen_media_sink_new (place->folder, link, NO_LIMIT, error);

  g_assert_nonnull (sink);
  for (gsize at = 0; at < sealed->len; at += step)
    if (!pen_media_sink_write (sink, sealed->data + at, MIN (step, sealed->len - at), error))
      return NULL;
  return pen_media_sink_finish (sink, error);
}

static void
assert_same (const char *a, const char *b)
{
  g_autofree char *left = NULL;
  g_autofree char *right = NULL;
  gsize left_bytes;
  gsize right_bytes;

  g_assert_true (g_file_get_contents (a, &left, &left_bytes, NULL));
  g_assert_true (g_file_get_contents (b, &right, &right_bytes, NULL));
  g_assert_cmpmem (left, left_bytes, right, right_bytes);
}

static void
test_round_trip (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  static const gsize lengths[] = { 0, 1, 15, 16, 17, 31, 32, 33, 65535, 65536, 65537, 200000 };
  static const gsize steps[] = { 13, 16, 4096, 65552, 300000 };

  for (gsize l = 0; l < G_N_ELEMENTS (lengths); l++)
    for (gsize s = 0; s < G_N_ELEMENTS (steps); s++)
      {
        g_autoptr (GByteArray) sealed = seal (place, lengths[l], steps[G_N_ELEMENTS (steps) - 1 - s]);
        g_autoptr (GError) error = NULL;
        g_autofree char *path = open_sealed (place, sealed, steps[s], &error);
        struct stat found;

        g_assert_no_error (error);
        assert_same (place->path, path);
        g_assert_cmpint (g_stat (path, &found), ==, 0);
        g_assert_cmpint (found.st_mode & 0777, ==, 0600);
        g_assert_cmpint (g_unlink (path), ==, 0);
        g_assert_cmpuint (count_files (place->folder), ==, 1);
      }
}

/* Made with AES-256-GCM of another library (OpenSSL by Python's cryptography):
 * key 00…1f, IV 00…0b or 00…0f, the text below. */
#define SAMPLE "Gruesse, 12 o'clock"

static void
test_known_answer (Place *place, gconstpointer data)
{
  const char *const *sample = data;
  g_autoptr (PenMediaLink) link = pen_media_link_parse (sample[0], NULL);
  g_autoptr (PenMediaSink) sink = pen_media_sink_new (place->folder, link, NO_LIMIT, NULL);
  gsize length;
  g_autofree guint8 *sealed = g_base64_decode (sample[1], &length);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;

  g_assert_true (pen_media_sink_write (sink, sealed, length, NULL));
  path = pen_media_sink_finish (sink, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, SAMPLE);
}

static void
test_flipped (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GByteArray) sealed = seal (place, 70000, 4096);
  static const guint at[] = { 0, 1, 65535, 65536, 69999, 70000, 70015 };

  for (gsize i = 0; i < G_N_ELEMENTS (at); i++)
    {
      g_autoptr (GError) error = NULL;

      sealed->data[at[i]] ^= 0x10;
      g_assert_null (open_sealed (place, sealed, 4096, &error));
      g_assert_error (error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_CHANGED);
      g_assert_cmpuint (count_files (place->folder), ==, 1);
      sealed->data[at[i]] ^= 0x10;
    }
}

static void
test_cut_short (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GByteArray) sealed = seal (place, 100, 4096);
  static const guint lengths[] = { 115, 100, 16, 15, 0 };

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autoptr (GError) error = NULL;

      g_byte_array_set_size (sealed, lengths[i]);
      g_assert_null (open_sealed (place, sealed, 4096, &error));
      g_assert_error (error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_CHANGED);
      g_assert_cmpuint (count_files (place->folder), ==, 1);
    }
}

static void
test_abandoned (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (PenMediaLink) link = pen_media_link_parse ("aesgcm://h/got.bin#" IV_12 KEY, NULL);
  PenMediaSink *sink = pen_media_sink_new (place->folder, link, 10, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (count_files (place->folder), ==, 1);
  g_assert_true (pen_media_sink_write (sink, (const guint8 *) "0123456789", 10, NULL));
  g_assert_false (pen_media_sink_write (sink, (const guint8 *) "0", 1, &error));
  g_assert_error (error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_TOO_LARGE);
  pen_media_sink_free (sink);
  g_assert_cmpuint (count_files (place->folder), ==, 0);
}

static void
test_no_overwriting (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GByteArray) sealed = seal (place, 10, 4096);
  g_autofree char *first = open_sealed (place, sealed, 4096, NULL);
  g_autofree char *second = open_sealed (place, sealed, 4096, NULL);
  g_autofree char *third = NULL;

  g_assert_true (g_file_set_contents (first, "mine", -1, NULL));
  third = open_sealed (place, sealed, 4096, NULL);
  g_assert_true (g_str_has_suffix (first, "/got.bin"));
  g_assert_true (g_str_has_suffix (second, "/got (2).bin"));
  g_assert_true (g_str_has_suffix (third, "/got (3).bin"));
  assert_same (place->path, third);
}

static void
assert_no_source (const char *path, gint64 limit_bytes, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (pen_media_source_new (path, limit_bytes, &counting, &error));
  g_assert_error (error, PEN_MEDIA_ERROR, code);
}

static void
test_bad_sources (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *pipe = g_build_filename (place->folder, "pipe", NULL);
  g_autoptr (PenMediaSource) source = NULL;
  g_autoptr (GError) error = NULL;
  guint8 buffer[64];

  assert_no_source (place->path, NO_LIMIT, PEN_MEDIA_ERROR_FILE);
  assert_no_source (place->folder, NO_LIMIT, PEN_MEDIA_ERROR_FILE);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  assert_no_source (pipe, NO_LIMIT, PEN_MEDIA_ERROR_FILE);
  g_assert_true (g_file_set_contents (place->path, "0123456789", -1, NULL));
  assert_no_source (place->path, 10 + PEN_MEDIA_TAG_BYTES - 1, PEN_MEDIA_ERROR_TOO_LARGE);
  source = pen_media_source_new (place->path, 10 + PEN_MEDIA_TAG_BYTES, &counting, NULL);
  g_assert_nonnull (source);
  g_assert_cmpint (truncate (place->path, 5), ==, 0);
  g_assert_cmpint (pen_media_source_read (source, buffer, sizeof buffer, &error), ==, -1);
  g_assert_error (error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_CHANGED);
}

int
main (int argc, char **argv)
{
  static const char *const known_12[]
    = { "aesgcm://h/f#" IV_12 KEY, "AHCjfraWpzetcKWr3s4bAey17AQPjusucaNtW8aKhl6Q0hM=" };
  static const char *const known_16[]
    = { "aesgcm://h/f#" IV_16 KEY, "IB7VE0qXLwS9zukJOoNP3zvQAEt9WAsya7FrUYXNqjwgKUs=" };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/media/link/good", test_good_links);
  g_test_add_func ("/media/link/bad", test_bad_links);
  g_test_add_func ("/media/link/long-names", test_long_names);
  g_test_add_func ("/media/link/build", test_build);
  g_test_add_func ("/media/link/holds", test_holds_link);
  g_test_add_func ("/media/loopback", test_loopback);
  g_test_add ("/media/file/round-trip", Place, NULL, place_set_up, test_round_trip, place_tear_down);
  g_test_add ("/media/file/known-12", Place, known_12, place_set_up, test_known_answer, place_tear_down);
  g_test_add ("/media/file/known-16", Place, known_16, place_set_up, test_known_answer, place_tear_down);
  g_test_add ("/media/file/flipped", Place, NULL, place_set_up, test_flipped, place_tear_down);
  g_test_add ("/media/file/cut-short", Place, NULL, place_set_up, test_cut_short, place_tear_down);
  g_test_add ("/media/file/abandoned", Place, NULL, place_set_up, test_abandoned, place_tear_down);
  g_test_add ("/media/file/no-overwriting", Place, NULL, place_set_up, test_no_overwriting, place_tear_down);
  g_test_add ("/media/file/bad-sources", Place, NULL, place_set_up, test_bad_sources, place_tear_down);
  return g_test_run ();
}
