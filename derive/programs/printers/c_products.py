"""Products in C: what is added up of the rows of a matrix, four rows at a time, so that a compiler makes vectors of it.

W v is a sum of the columns of W, which is turned once, before all steps; Wᵀ v is one of the rows as they lie. A gradient
Σ_t u_t v_tᵀ has as its row i the sum of the rows v_t, each u_{t,i} times.
"""

from __future__ import annotations

from collections.abc import Mapping

ROWS, PRODUCTS, TURNED = "add_rows", "add_products", "turned"
"""The names of the functions."""
DEFINED: Mapping[str, str] = {
    ROWS: """\
// sums += Σ_j numbers[j] rows[j], for n rows of m numbers
static void add_rows(size_t n, size_t m, double *restrict sums, const double *restrict numbers, const double *restrict rows)
{
    size_t j = 0;
    for (; j + 4 <= n; j += 4, rows += 4 * m) {
        const double a = numbers[j], b = numbers[j + 1], c = numbers[j + 2], d = numbers[j + 3];
        for (size_t i = 0; i < m; i++) {
            sums[i] += a * rows[i] + b * rows[m + i] + c * rows[2 * m + i] + d * rows[3 * m + i];
        }
    }
    for (; j < n; j++, rows += m) {
        for (size_t i = 0; i < m; i++) {
            sums[i] += numbers[j] * rows[i];
        }
    }
}""",
    PRODUCTS: """\
// sums += Σ_t u_t v_tᵀ, for T vectors u_t of n numbers and v_t of m
static void add_products(size_t T, size_t n, size_t m, double *sums, const double *u, const double *v)
{
    for (size_t t = 0; t < T; t += 16) {
        const size_t steps = T - t < 16 ? T - t : 16;
        for (size_t i = 0; i < n; i++) {
            double numbers[16];
            for (size_t s = 0; s < steps; s++) {
                numbers[s] = u[(t + s) * n + i];
            }
            add_rows(steps, m, sums + i * m, numbers, v + t * m);
        }
    }
}""",
    TURNED: """\
// The columns of n rows of m numbers, as rows; NULL if there is no memory.
static double *turned(size_t n, size_t m, const double *rows)
{
    double *columns = calloc(n * m, sizeof *columns);
    if (!columns) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < m; j++) {
            columns[j * n + i] = rows[i * m + j];
        }
    }
    return columns;
}""",
}
NEEDS: Mapping[str, tuple[str, ...]] = {ROWS: (ROWS,), PRODUCTS: (ROWS, PRODUCTS), TURNED: (TURNED,)}
"""Each with the functions that it calls before it."""
