/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* GtkTreeModel over the numbers of rows. An iter holds how many rows are older
 * than its own, which stays true when new rows come: they come at the top. */

#include "ledger-model.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "ledger-page.h"

#define PAGE_ROWS PEN_LEDGER_PAGE_ROWS
/* Of pages held; a screen shows one or two. */
#define MAX_PAGES 32
/* How long painting waits for a page: with two on the screen, less than a frame. */
#define PATIENCE_US 5000

typedef PenLedgerPage Page;

struct _PenLedgerModel
{
  GObject parent;
  PenLedgerFeed *feed;
  PenLedgerTrouble trouble;
  gpointer data;
  GArray *numbers;
  GHashTable *pages;
  GQueue recent;
  guint generation;
  int stamp;
};

typedef struct
{
  PenLedgerJob head;
  PenLedgerModel *model;
  guint generation;
  guint page;
  guint n_numbers;
  gint64 numbers[PAGE_ROWS];
  GPtrArray *rows;
} PageJob;

static void implement_tree_model (GtkTreeModelIface *interface);

G_DEFINE_TYPE_WITH_CODE (PenLedgerModel, pen_ledger_model, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (GTK_TYPE_TREE_MODEL, implement_tree_model))

/* Pages */

static void
free_page (gpointer data)
{
  pen_ledger_page_free (data);
}

static void
forget_pages (PenLedgerModel *model)
{
  g_queue_init (&model->recent);
  g_hash_table_remove_all (model->pages);
  model->generation++;
}

static void
make_room (PenLedgerModel *model)
{
  while (model->recent.length > MAX_PAGES)
    {
      Page *oldest = g_queue_peek_tail (&model->recent);

      g_queue_unlink (&model->recent, &oldest->link);
      g_hash_table_remove (model->pages, GUINT_TO_POINTER (oldest->number));
    }
}

static Page *
use_page (PenLedgerModel *model, guint number)
{
  Page *page = g_hash_table_lookup (model->pages, GUINT_TO_POINTER (number));

  if (page == NULL)
    {
      page = pen_ledger_page_new (number);
      g_hash_table_insert (model->pages, GUINT_TO_POINTER (number), page);
    }
  else
    g_queue_unlink (&model->recent, &page->link);
  g_queue_push_head_link (&model->recent, &page->link);
  make_room (model);
  return page;
}

static void
run_page (PenLedgerJob *job, const PenLedgerCall *call)
{
  PageJob *page = (PageJob *) job;

  page->rows = call->pane->reader_rows (call->reader, page->numbers, page->n_numbers, &job->error);
}

static void
tell_changed (PenLedgerModel *model, guint from, guint n_rows)
{
  for (guint i = from; i < from + n_rows; i++)
    {
      GtkTreeIter iter = { .stamp = model->stamp, .user_data = GUINT_TO_POINTER (i) };
      GtkTreePath *path = gtk_tree_path_new_from_indices ((int) (model->numbers->len - 1 - i), -1);

      gtk_tree_model_row_changed (GTK_TREE_MODEL (model), path, &iter);
      gtk_tree_path_free (path);
    }
}

static void
take_page (PenLedgerJob *job)
{
  PageJob *answer = (PageJob *) job;
  PenLedgerModel *model = answer->model;
  Page *page = g_hash_table_lookup (model->pages, GUINT_TO_POINTER (answer->page));
  guint n_missed;
  guint first;

  if (answer->generation != model->generation || page == NULL)
    return;
  page->job = NULL;
  if (answer->rows == NULL)
    {
      model->trouble (job->error, model->data);
      return;
    }
  pen_ledger_page_take (page, g_steal_pointer (&answer->rows));
  /* Whoever did not look yet needs not be told. */
  n_missed = pen_ledger_page_missed (page, &first);
  tell_changed (model, answer->page * PAGE_ROWS + first, n_missed);
}

static void
free_page_job (PenLedgerJob *job)
{
  PageJob *page = (PageJob *) job;

  g_clear_pointer (&page->rows, g_ptr_array_unref);
  g_object_unref (page->model);
  g_free (page);
}

static void
ask_page (PenLedgerModel *model, Page *page, gboolean is_urgent)
{
  guint first = page->number * PAGE_ROWS;
  PageJob *job;

  if (page->job != NULL || model->feed == NULL)
    return;
  job = g_new0 (PageJob, 1);
  job->head = (PenLedgerJob) { .run = run_page, .done = take_page, .free = free_page_job, .is_urgent = is_urgent };
  job->model = g_object_ref (model);
  job->generation = model->generation;
  job->page = page->number;
  job->n_numbers = MIN (PAGE_ROWS, model->numbers->len - first);
  memcpy (job->numbers, &g_array_index (model->numbers, gint64, first), job->n_numbers * sizeof (gint64));
  page->job = job;
  page->is_waited = FALSE;
  page->is_stale = FALSE;
  pen_ledger_feed_push (model->feed, &job->head);
}

/* Its neighbour is where one scrolls next. */
static void
ask_ahead (PenLedgerModel *model, guint number)
{
  if (number * PAGE_ROWS < model->numbers->len && g_hash_table_lookup (model->pages, GUINT_TO_POINTER (number)) == NULL)
    ask_page (model, use_page (model, number), FALSE);
}

static void
wait_for_page (PenLedgerModel *model, Page *page)
{
  PageJob *job = page->job;

  if (job == NULL || page->is_waited || model->feed == NULL)
    return;
  page->is_waited = TRUE;
  if (!pen_ledger_feed_wait (model->feed, &job->head, g_get_monotonic_time () + PATIENCE_US))
    return;
  page->job = NULL;
  pen_ledger_page_take (page, g_steal_pointer (&job->rows));
  pen_ledger_feed_free_job (&job->head);
}

/* The page that holds the row, asked for where it is not read. */
static Page *
look (PenLedgerModel *model, guint index)
{
  Page *page = use_page (model, index / PAGE_ROWS);
  guint slot = index % PAGE_ROWS;

  if (page->rows != NULL && slot < page->rows->len && !page->is_stale)
    return page;
  ask_page (model, page, TRUE);
  wait_for_page (model, page);
  if (page->job != NULL)
    pen_ledger_page_miss (page, slot);
  ask_ahead (model, index / PAGE_ROWS + 1);
  if (index / PAGE_ROWS > 0)
    ask_ahead (model, index / PAGE_ROWS - 1);
  return page;
}

/* GtkTreeModel */

static guint
index_of (GtkTreeIter *iter)
{
  return GPOINTER_TO_UINT (iter->user_data);
}

static gboolean
set_iter (PenLedgerModel *model, GtkTreeIter *iter, int position)
{
  if (position < 0 || (guint) position >= model->numbers->len)
    return FALSE;
  iter->stamp = model->stamp;
  iter->user_data = GUINT_TO_POINTER (model->numbers->len - 1 - (guint) position);
  return TRUE;
}

static GtkTreeModelFlags
get_flags (GtkTreeModel *tree)
{
  return GTK_TREE_MODEL_LIST_ONLY | GTK_TREE_MODEL_ITERS_PERSIST;
}

static int
get_n_columns (GtkTreeModel *tree)
{
  return PEN_N_COLUMNS;
}

static GType
get_column_type (GtkTreeModel *tree, int column)
{
  return G_TYPE_STRING;
}

static gboolean
get_iter (GtkTreeModel *tree, GtkTreeIter *iter, GtkTreePath *path)
{
  return gtk_tree_path_get_depth (path) == 1
         && set_iter (PEN_LEDGER_MODEL (tree), iter, gtk_tree_path_get_indices (path)[0]);
}

static GtkTreePath *
get_path (GtkTreeModel *tree, GtkTreeIter *iter)
{
  return gtk_tree_path_new_from_indices ((int) (PEN_LEDGER_MODEL (tree)->numbers->len - 1 - index_of (iter)), -1);
}

static void
get_value (GtkTreeModel *tree, GtkTreeIter *iter, int column, GValue *value)
{
  Page *page = look (PEN_LEDGER_MODEL (tree), index_of (iter));
  guint slot = index_of (iter) % PAGE_ROWS;
  const char *cell = pen_ledger_page_cell (page, slot, (PenLedgerColumn) column);

  g_value_init (value, G_TYPE_STRING);
  if (cell != NULL)
    g_value_set_string (value, cell);
  else if (page->rows == NULL || slot >= page->rows->len)
    g_value_set_static_string (value, column == PEN_COLUMN_TIME ? "…" : "");
  else
    g_value_set_static_string (value, column == PEN_COLUMN_TIME ? _("deleted") : "");
}

static gboolean
iter_next (GtkTreeModel *tree, GtkTreeIter *iter)
{
  guint index = index_of (iter);

  if (index == 0)
    return FALSE;
  iter->user_data = GUINT_TO_POINTER (index - 1);
  return TRUE;
}

static gboolean
iter_children (GtkTreeModel *tree, GtkTreeIter *iter, GtkTreeIter *parent)
{
  return parent == NULL && set_iter (PEN_LEDGER_MODEL (tree), iter, 0);
}

static gboolean
iter_has_child (GtkTreeModel *tree, GtkTreeIter *iter)
{
  return FALSE;
}

static int
iter_n_children (GtkTreeModel *tree, GtkTreeIter *iter)
{
  return iter == NULL ? (int) PEN_LEDGER_MODEL (tree)->numbers->len : 0;
}

static gboolean
iter_nth_child (GtkTreeModel *tree, GtkTreeIter *iter, GtkTreeIter *parent, int n)
{
  return parent == NULL && set_iter (PEN_LEDGER_MODEL (tree), iter, n);
}

static gboolean
iter_parent (GtkTreeModel *tree, GtkTreeIter *iter, GtkTreeIter *child)
{
  return FALSE;
}

static void
implement_tree_model (GtkTreeModelIface *interface)
{
  interface->get_flags = get_flags;
  interface->get_n_columns = get_n_columns;
  interface->get_column_type = get_column_type;
  interface->get_iter = get_iter;
  interface->get_path = get_path;
  interface->get_value = get_value;
  interface->iter_next = iter_next;
  interface->iter_children = iter_children;
  interface->iter_has_child = iter_has_child;
  interface->iter_n_children = iter_n_children;
  interface->iter_nth_child = iter_nth_child;
  interface->iter_parent = iter_parent;
}

/* Life */

static void
finalize (GObject *object)
{
  PenLedgerModel *model = PEN_LEDGER_MODEL (object);

  g_hash_table_unref (model->pages);
  g_array_unref (model->numbers);
  G_OBJECT_CLASS (pen_ledger_model_parent_class)->finalize (object);
}

static void
pen_ledger_model_class_init (PenLedgerModelClass *class)
{
  G_OBJECT_CLASS (class)->finalize = finalize;
}

static void
pen_ledger_model_init (PenLedgerModel *model)
{
  model->numbers = g_array_new (FALSE, FALSE, sizeof (gint64));
  model->pages = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, free_page);
  model->stamp = g_random_int_range (1, G_MAXINT);
}

PenLedgerModel *
pen_ledger_model_new (PenLedgerTrouble trouble, gpointer data)
{
  PenLedgerModel *model = g_object_new (PEN_TYPE_LEDGER_MODEL, NULL);

  model->trouble = trouble;
  model->data = data;
  return model;
}

void
pen_ledger_model_set_feed (PenLedgerModel *model, PenLedgerFeed *feed)
{
  model->feed = feed;
}

static void
reverse (GArray *numbers)
{
  gint64 *number = (gint64 *) (gpointer) numbers->data;

  for (guint i = 0; i < numbers->len / 2; i++)
    {
      gint64 other = number[i];

      number[i] = number[numbers->len - 1 - i];
      number[numbers->len - 1 - i] = other;
    }
}

void
pen_ledger_model_set (PenLedgerModel *model, GArray *numbers)
{
  reverse (numbers);
  g_array_unref (model->numbers);
  model->numbers = numbers;
  forget_pages (model);
}

void
pen_ledger_model_add (PenLedgerModel *model, GArray *numbers)
{
  reverse (numbers);
  for (guint i = 0; i < numbers->len; i++)
    {
      GtkTreeIter iter;
      GtkTreePath *path;

      if (g_array_index (numbers, gint64, i) <= pen_ledger_model_newest (model))
        continue;
      g_array_append_val (model->numbers, g_array_index (numbers, gint64, i));
      set_iter (model, &iter, 0);
      path = gtk_tree_path_new_first ();
      gtk_tree_model_row_inserted (GTK_TREE_MODEL (model), path, &iter);
      gtk_tree_path_free (path);
    }
  g_array_unref (numbers);
}

void
pen_ledger_model_touch (PenLedgerModel *model, gint64 row)
{
  GtkTreeIter iter;
  Page *page;

  if (!pen_ledger_model_find (model, row, &iter))
    return;
  page = g_hash_table_lookup (model->pages, GUINT_TO_POINTER (index_of (&iter) / PAGE_ROWS));
  if (page == NULL)
    return;
  page->is_stale = TRUE;
  tell_changed (model, index_of (&iter), 1);
}

gint64
pen_ledger_model_newest (PenLedgerModel *model)
{
  return model->numbers->len > 0 ? g_array_index (model->numbers, gint64, model->numbers->len - 1) : 0;
}

guint
pen_ledger_model_length (PenLedgerModel *model)
{
  return model->numbers->len;
}

gint64
pen_ledger_model_number (PenLedgerModel *model, GtkTreeIter *iter)
{
  return g_array_index (model->numbers, gint64, index_of (iter));
}

static int
compare (const void *a, const void *b)
{
  gint64 x = *(const gint64 *) a;
  gint64 y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

gboolean
pen_ledger_model_find (PenLedgerModel *model, gint64 row, GtkTreeIter *iter)
{
  guint index;

  if (!g_array_binary_search (model->numbers, &row, compare, &index))
    return FALSE;
  iter->stamp = model->stamp;
  iter->user_data = GUINT_TO_POINTER (index);
  return TRUE;
}

const PenLedgerRow *
pen_ledger_model_row (PenLedgerModel *model, GtkTreeIter *iter)
{
  Page *page = look (model, index_of (iter));
  guint slot = index_of (iter) % PAGE_ROWS;

  return page->rows != NULL && slot < page->rows->len ? g_ptr_array_index (page->rows, slot) : NULL;
}
