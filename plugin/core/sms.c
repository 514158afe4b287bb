/*
 * Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Decides what a text costs as SMS, who can be an alphanumeric sender, and which texts
 * must never become an SMS because they belong to OTR.
 */
#include "penregister/sms.h"

#include <string.h>

#define GSM7_SINGLE 160
#define GSM7_CONCATENATED 153
#define UCS2_SINGLE 70
#define UCS2_CONCATENATED 67
#define BMP_LAST 0xFFFFu
#define REPLACEMENT 0xFFFDu

static const gunichar gsm_letters[] = {
  0x00C4, 0x00C5, 0x00C6, 0x00C7, 0x00C9, 0x00D1, 0x00D6, 0x00D8, 0x00DC, 0x00DF, 0x00E0, 0x00E4,
  0x00E5, 0x00E6, 0x00E8, 0x00E9, 0x00EC, 0x00F1, 0x00F2, 0x00F6, 0x00F8, 0x00F9, 0x00FC, 0x0393,
  0x0394, 0x0398, 0x039B, 0x039E, 0x03A0, 0x03A3, 0x03A6, 0x03A8, 0x03A9,
};

static const gunichar gsm_symbols[] = { 0x00A1, 0x00A3, 0x00A4, 0x00A5, 0x00A7, 0x00BF };

static const char gsm_ascii_symbols[] = "@$\n\r_ !\"#%&'()*+,-./:;<=>?";
static const char gsm_ascii_extension[] = "^{}\\[~]|\f";
#define EURO_SIGN 0x20ACu

static gboolean
is_in (const gunichar *table, gsize n, gunichar c)
{
  for (gsize i = 0; i < n; i++)
    {
      if (table[i] == c)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_gsm_letter (gunichar c)
{
  if (c < 0x80)
    return g_ascii_isalpha ((char) c);
  return is_in (gsm_letters, G_N_ELEMENTS (gsm_letters), c);
}

static gboolean
is_ascii_in (const char *set, gunichar c)
{
  return c != 0 && c < 0x80 && strchr (set, (int) c) != NULL;
}

/* 0: not in the alphabet. */
static gsize
count_septets (gunichar c)
{
  if (is_gsm_letter (c) || (c < 0x80 && g_ascii_isdigit ((char) c)))
    return 1;
  if (is_ascii_in (gsm_ascii_symbols, c) || is_in (gsm_symbols, G_N_ELEMENTS (gsm_symbols), c))
    return 1;
  if (is_ascii_in (gsm_ascii_extension, c) || c == EURO_SIGN)
    return 2;
  return 0;
}

static gsize
count_code_units (gunichar c)
{
  return c > BMP_LAST ? 2 : 1;
}

static gunichar
read_char (const char **p)
{
  gunichar c = g_utf8_get_char_validated (*p, -1);

  if (c == (gunichar) -1 || c == (gunichar) -2)
    {
      (*p)++;
      return REPLACEMENT;
    }
  *p = g_utf8_next_char (*p);
  return c;
}

static gboolean
is_gsm_text (const char *utf8)
{
  while (*utf8 != '\0')
    {
      if (count_septets (read_char (&utf8)) == 0)
        return FALSE;
    }
  return TRUE;
}

static PenSmsLength
fill_segments (const char *utf8, PenSmsEncoding encoding, gsize per_segment)
{
  PenSmsLength length = { encoding, 0, 0, per_segment, 0 };

  while (*utf8 != '\0')
    {
      gunichar c = read_char (&utf8);
      gsize n = encoding == PEN_SMS_GSM7 ? count_septets (c) : count_code_units (c);

      if (length.left_in_segment < n)
        {
          length.segments++;
          length.left_in_segment = per_segment;
        }
      length.left_in_segment -= n;
      length.units += n;
    }
  return length;
}

PenSmsLength
pen_sms_length (const char *utf8)
{
  PenSmsEncoding encoding;
  PenSmsLength length;

  if (utf8 == NULL || *utf8 == '\0')
    return (PenSmsLength){ PEN_SMS_GSM7, 0, 0, GSM7_SINGLE, GSM7_SINGLE };

  encoding = is_gsm_text (utf8) ? PEN_SMS_GSM7 : PEN_SMS_UCS2;
  length = fill_segments (utf8, encoding, encoding == PEN_SMS_GSM7 ? GSM7_SINGLE : UCS2_SINGLE);
  if (length.segments <= 1)
    return length;
  return fill_segments (utf8, encoding,
                        encoding == PEN_SMS_GSM7 ? GSM7_CONCATENATED : UCS2_CONCATENATED);
}

gboolean
pen_sms_sender_is_valid (const char *text)
{
  gboolean has_letter = FALSE;
  gsize n = 0;
  gunichar c = ' ';

  if (text == NULL || *text == '\0' || *text == ' ')
    return FALSE;
  while (*text != '\0')
    {
      c = read_char (&text);
      has_letter = has_letter || is_gsm_letter (c);
      if (++n > PEN_SMS_SENDER_MAX)
        return FALSE;
      if (!is_gsm_letter (c) && c != ' ' && !(c < 0x80 && g_ascii_isdigit ((char) c)))
        return FALSE;
    }
  return has_letter && c != ' ';
}

/* "?OTRS" and the like are ordinary text; these are the openings that the protocol has. */
static gboolean
is_otr_opening (const char *after)
{
  return *after == '\0' || strchr (":,|?v", *after) != NULL || g_ascii_isspace (*after);
}

gboolean
pen_sms_is_otr (const char *text)
{
  static const char opening[] = "?OTR";
  static const char whitespace_tag[] = " \t  \t\t\t\t \t \t \t  ";

  if (text == NULL)
    return FALSE;
  if (strstr (text, whitespace_tag) != NULL)
    return TRUE;
  for (const char *p = strstr (text, opening); p != NULL; p = strstr (p + 1, opening))
    {
      if (is_otr_opening (p + strlen (opening)))
        return TRUE;
    }
  return FALSE;
}
