/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Keeps what is painted again and again: putting a row into words takes as
 * long as painting it. */

#include "ledger-page.h"

PenLedgerPage *
pen_ledger_page_new (guint number)
{
  PenLedgerPage *page = g_new0 (PenLedgerPage, 1);

  page->number = number;
  page->link.data = page;
  return page;
}

static void
forget_cells (PenLedgerPage *page)
{
  if (page->cells == NULL)
    return;
  for (guint i = 0; i < PEN_LEDGER_PAGE_ROWS * PEN_N_COLUMNS; i++)
    g_free (page->cells[i]);
  g_clear_pointer (&page->cells, g_free);
}

void
pen_ledger_page_free (PenLedgerPage *page)
{
  forget_cells (page);
  g_clear_pointer (&page->rows, g_ptr_array_unref);
  g_free (page);
}

void
pen_ledger_page_take (PenLedgerPage *page, GPtrArray *rows)
{
  forget_cells (page);
  g_clear_pointer (&page->rows, g_ptr_array_unref);
  page->rows = rows;
}

void
pen_ledger_page_miss (PenLedgerPage *page, guint slot)
{
  if (page->first_missed == page->end_missed)
    {
      page->first_missed = slot;
      page->end_missed = slot + 1;
    }
  page->first_missed = MIN (page->first_missed, slot);
  page->end_missed = MAX (page->end_missed, slot + 1);
}

guint
pen_ledger_page_missed (PenLedgerPage *page, guint *first)
{
  guint n_missed = page->end_missed - page->first_missed;

  *first = page->first_missed;
  page->first_missed = page->end_missed = 0;
  return n_missed;
}

const char *
pen_ledger_page_cell (PenLedgerPage *page, guint slot, PenLedgerColumn column)
{
  const PenLedgerRow *row = page->rows != NULL && slot < page->rows->len ? g_ptr_array_index (page->rows, slot) : NULL;
  char **cell;

  if (row == NULL)
    return NULL;
  if (page->cells == NULL)
    page->cells = g_new0 (char *, PEN_LEDGER_PAGE_ROWS * PEN_N_COLUMNS);
  cell = &page->cells[slot * PEN_N_COLUMNS + (guint) column];
  if (*cell == NULL)
    *cell = pen_words_cell (row, column);
  return *cell;
}
