/*
 * Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a text costs as SMS, who can be a sender, and what is OTR.
 */
#include <string.h>

#include "penregister/sms.h"

#define HUGE_BYTES (10u * 1024u * 1024u)

typedef struct
{
  const char *path;
  const char *before;
  const char *repeated;
  guint times;
  const char *after;
  PenSmsLength want;
} LengthRow;

static const LengthRow length_rows[] = {
  { "empty", "", "", 0, "", { PEN_SMS_GSM7, 0, 0, 160, 160 } },
  { "one", "", "a", 1, "", { PEN_SMS_GSM7, 1, 1, 160, 159 } },
  { "gsm/160", "", "a", 160, "", { PEN_SMS_GSM7, 160, 1, 160, 0 } },
  { "gsm/161", "", "a", 161, "", { PEN_SMS_GSM7, 161, 2, 153, 145 } },
  { "gsm/306", "", "a", 306, "", { PEN_SMS_GSM7, 306, 2, 153, 0 } },
  { "gsm/307", "", "a", 307, "", { PEN_SMS_GSM7, 307, 3, 153, 152 } },
  { "gsm/basic-symbols", "@£$¥\n\r_¤¡§¿ !\"#%&'()*+,-./:;<=>?", "", 0, "", { PEN_SMS_GSM7, 32, 1, 160, 128 } },
  { "gsm/basic-letters", "èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉÄÖÑÜäöñüà", "", 0, "", { PEN_SMS_GSM7, 33, 1, 160, 127 } },
  { "gsm/extension", "^{}\\[~]|€\f", "", 0, "", { PEN_SMS_GSM7, 20, 1, 160, 140 } },
  { "gsm/extension-80", "", "€", 80, "", { PEN_SMS_GSM7, 160, 1, 160, 0 } },
  { "gsm/pair-not-split", "", "a", 152, "€aaaaaaa", { PEN_SMS_GSM7, 161, 2, 153, 144 } },
  { "gsm/pair-not-split-each", "", "€", 81, "", { PEN_SMS_GSM7, 162, 2, 153, 143 } },
  { "ucs2/backtick", "`", "", 0, "", { PEN_SMS_UCS2, 1, 1, 70, 69 } },
  { "ucs2/c-cedilla-small", "ç", "", 0, "", { PEN_SMS_UCS2, 1, 1, 70, 69 } },
  { "ucs2/70", "", "ж", 70, "", { PEN_SMS_UCS2, 70, 1, 70, 0 } },
  { "ucs2/71", "", "ж", 71, "", { PEN_SMS_UCS2, 71, 2, 67, 63 } },
  { "ucs2/one-emoji-in-gsm", "", "a", 69, "😀", { PEN_SMS_UCS2, 71, 2, 67, 63 } },
  { "ucs2/emoji-35", "", "😀", 35, "", { PEN_SMS_UCS2, 70, 1, 70, 0 } },
  { "ucs2/pair-not-split", "", "ж", 66, "😀жжж", { PEN_SMS_UCS2, 71, 2, 67, 62 } },
  { "invalid-utf8", "a\xff\xfe", "", 0, "b", { PEN_SMS_UCS2, 4, 1, 70, 66 } },
  { "truncated-utf8", "a\xe2\x82", "", 0, "", { PEN_SMS_UCS2, 3, 1, 70, 67 } },
  { "huge", "", "a", HUGE_BYTES, "", { PEN_SMS_GSM7, HUGE_BYTES, 68535, 153, 95 } },
};

static void
test_length (gconstpointer data)
{
  const LengthRow *row = data;
  g_autoptr (GString) text = g_string_new (row->before);
  PenSmsLength got;

  for (guint i = 0; i < row->times; i++)
    g_string_append (text, row->repeated);
  g_string_append (text, row->after);
  got = pen_sms_length (text->str);

  g_assert_cmpint (got.encoding, ==, row->want.encoding);
  g_assert_cmpuint (got.units, ==, row->want.units);
  g_assert_cmpuint (got.segments, ==, row->want.segments);
  g_assert_cmpuint (got.per_segment, ==, row->want.per_segment);
  g_assert_cmpuint (got.left_in_segment, ==, row->want.left_in_segment);
}

typedef struct
{
  const char *path;
  const char *text;
  gboolean want;
} TextRow;

#define TAG " \t  \t\t\t\t \t \t \t  "

static const TextRow otr_rows[] = {
  { "plain", "Hello, how are you?", FALSE },
  { "empty", "", FALSE },
  { "null", NULL, FALSE },
  { "bare", "?OTR", TRUE },
  { "query-v1", "?OTR?", TRUE },
  { "query-v23", "?OTRv23?", TRUE },
  { "query-v1-v2", "?OTR?v2?", TRUE },
  { "query-inside", "I want ?OTRv3? now", TRUE },
  { "data", "?OTR:AAMDAQAB.", TRUE },
  { "fragment-v2", "?OTR,1,3,AAMD,", TRUE },
  { "fragment-v3", "?OTR|5a73a599|27e31597,00001,00003,AAMD,", TRUE },
  { "error", "?OTR Error: no session", TRUE },
  { "second-is-real", "?OTRS and ?OTR:AAM", TRUE },
  { "tag-v1", "Hi" TAG " \t \t  \t ", TRUE },
  { "tag-v2", "Hi" TAG "  \t\t  \t ", TRUE },
  { "tag-v3-inside", "Hi" TAG "  \t\t  \t\t there", TRUE },
  { "tag-alone", TAG, TRUE },
  { "tag-broken", "Hi \t  \t\t\t\t \t \t \t ", FALSE },
  { "other-word", "Do you use ?OTRS", FALSE },
  { "no-question-mark", "OTR: what is it", FALSE },
  { "lower-case", "?otr:", FALSE },
};

static void
test_otr (gconstpointer data)
{
  const TextRow *row = data;

  g_assert_cmpint (pen_sms_is_otr (row->text), ==, row->want);
}

static const TextRow sender_rows[] = {
  { "plain", "SomeBank", TRUE },
  { "space", "Some Bank", TRUE },
  { "digits", "Taxi24", TRUE },
  { "eleven", "ABCDEFGHIJK", TRUE },
  { "twelve", "ABCDEFGHIJKL", FALSE },
  { "umlaut", "Müller", TRUE },
  { "eleven-umlauts", "äöüäöüäöüäö", TRUE },
  { "not-gsm", "Банк", FALSE },
  { "digits-only", "12345", FALSE },
  { "dot", "a.b", FALSE },
  { "leading-space", " Bank", FALSE },
  { "trailing-space", "Bank ", FALSE },
  { "empty", "", FALSE },
  { "null", NULL, FALSE },
  { "invalid-utf8", "Ba\xffnk", FALSE },
};

static void
test_sender (gconstpointer data)
{
  const TextRow *row = data;

  g_assert_cmpint (pen_sms_sender_is_valid (row->text), ==, row->want);
}

static void
add_text_rows (const char *prefix, const TextRow *rows, gsize n, GTestDataFunc test)
{
  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *path = g_strconcat (prefix, rows[i].path, NULL);

      g_test_add_data_func (path, &rows[i], test);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (length_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/sms/length/", length_rows[i].path, NULL);

      g_test_add_data_func (path, &length_rows[i], test_length);
    }
  add_text_rows ("/sms/otr/", otr_rows, G_N_ELEMENTS (otr_rows), test_otr);
  add_text_rows ("/sms/sender/", sender_rows, G_N_ELEMENTS (sender_rows), test_sender);
  return g_test_run ();
}
