-- 40 variables over order lines, written by hand for DuckDB: what benchmarks/own_variables.py holds the product to.
--
-- Views: order_lines, products, profiles. Parameters: none; the day is 2026-06-30, the time zone UTC, and days are
-- compared as instants so that files are pruned and no row needs a cast. One scan makes everything that sums, counts or
-- ranks; a column whose values are counted one by one (distinct, most frequent) is grouped by person and value first,
-- which is cheaper than count(distinct) and serves all its variables at once; what holds the time of a row beside a
-- value is kept as one comparable pair. Conditions that recur are columns of the scanned rows.
-- The scanned rows are named once and scanned five times: kept in memory they would cost more than the scans.
WITH
rows AS NOT MATERIALIZED (
  SELECT l.person_id AS p, l.ordered_at AS a, l.amount, l.quantity, l.discount, l.channel, l.store_id, l.product_id,
    pr.category, pr.brand_type,
    l.channel = 'web' AS web,
    l.ordered_at >= TIMESTAMPTZ '2026-06-01 00:00:00+00' AS d30,
    l.ordered_at >= TIMESTAMPTZ '2026-04-02 00:00:00+00' AS d90,
    l.ordered_at >= TIMESTAMPTZ '2026-01-02 00:00:00+00' AS d180,
    l.ordered_at >= TIMESTAMPTZ '2025-07-01 00:00:00+00' AS d365
  FROM order_lines AS l LEFT JOIN products AS pr ON pr.product_id = l.product_id
  WHERE l.ordered_at < TIMESTAMPTZ '2026-07-01 00:00:00+00'
),
main AS (
  SELECT p,
    count(*) AS lines_all,
    sum(CASE WHEN d30 THEN 1 ELSE 0 END) AS lines_30d,
    sum(CASE WHEN d90 THEN 1 ELSE 0 END) AS lines_90d,
    sum(CASE WHEN d365 THEN 1 ELSE 0 END) AS lines_365d,
    sum(CASE WHEN d90 AND web THEN 1 ELSE 0 END) AS web_lines_90d,
    sum(CASE WHEN d365 AND channel = 'app' THEN 1 ELSE 0 END) AS app_lines_365d,
    sum(amount) AS spend_all,
    sum(CASE WHEN d30 THEN amount END) AS spend_30d,
    sum(CASE WHEN d90 THEN amount END) AS spend_90d,
    sum(CASE WHEN d365 THEN amount END) AS spend_12m,
    sum(CASE WHEN a >= TIMESTAMPTZ '2024-06-30 00:00:00+00' AND a < TIMESTAMPTZ '2025-06-30 00:00:00+00'
      THEN amount END) AS spend_year_before,
    sum(CASE WHEN d365 AND web THEN amount END) AS web_spend_365d,
    sum(CASE WHEN d365 AND brand_type = 'private' THEN amount END) AS private_spend_365d,
    sum(CASE WHEN d365 AND category = 'K00' THEN amount END) AS k00_spend_365d,
    sum(CASE WHEN d180 THEN discount END) AS discount_180d,
    avg(amount) AS mean_amount,
    avg(CASE WHEN d90 THEN amount END) AS mean_amount_90d,
    avg(CASE WHEN d365 THEN quantity END) AS mean_quantity_365d,
    quantile_cont(CAST(amount AS DOUBLE), [0.5, 0.9]) AS quantiles,
    quantile_cont(CASE WHEN d365 THEN CAST(amount AS DOUBLE) END, 0.5) AS median_amount_365d,
    sum(CASE WHEN web THEN 1 ELSE 0 END) AS web_lines,
    sum(CASE WHEN d180 THEN 1 ELSE 0 END) AS lines_180d,
    sum(CASE WHEN d180 AND discount > 0 THEN 1 ELSE 0 END) AS discounted_180d,
    sum(CASE WHEN d365 THEN amount * CASE
      WHEN a >= TIMESTAMPTZ '2026-05-31 00:00:00+00' THEN 11 WHEN a >= TIMESTAMPTZ '2026-05-01 00:00:00+00' THEN 9
      WHEN a >= TIMESTAMPTZ '2026-03-31 00:00:00+00' THEN 7 WHEN a >= TIMESTAMPTZ '2026-03-01 00:00:00+00' THEN 5
      WHEN a >= TIMESTAMPTZ '2026-01-31 00:00:00+00' THEN 3 WHEN a >= TIMESTAMPTZ '2025-12-31 00:00:00+00' THEN 1
      WHEN a >= TIMESTAMPTZ '2025-12-01 00:00:00+00' THEN -1 WHEN a >= TIMESTAMPTZ '2025-10-31 00:00:00+00' THEN -3
      WHEN a >= TIMESTAMPTZ '2025-10-01 00:00:00+00' THEN -5 WHEN a >= TIMESTAMPTZ '2025-08-31 00:00:00+00' THEN -7
      WHEN a >= TIMESTAMPTZ '2025-07-31 00:00:00+00' THEN -9 ELSE -11 END END) AS weighted_12m,
    sum(CASE WHEN a >= TIMESTAMPTZ '2026-01-02 00:00:00+00' THEN 1
      WHEN a >= TIMESTAMPTZ '2025-07-06 00:00:00+00' THEN -1 END) AS change_360d,
    sum(CASE WHEN a >= TIMESTAMPTZ '2025-07-06 00:00:00+00' THEN 1 ELSE 0 END) AS lines_360d,
    sum(CASE WHEN d90 THEN amount WHEN d180 THEN -amount END) AS spend_change_180d,
    sum(CASE WHEN d180 THEN amount END) AS spend_180d,
    max(a) AS last_at, min(a) AS first_at, max(CASE WHEN web THEN a END) AS last_web_at,
    max(CASE WHEN d365 THEN amount END) AS max_amount_365d,
    min(amount) AS min_amount,
    arg_max(channel, (a, channel)) FILTER (channel IS NOT NULL) AS last_channel,
    sum(CASE WHEN d365 AND web THEN 1 ELSE 0 END) AS web_lines_365d
  FROM rows GROUP BY p
),
of_products AS (
  SELECT p, count(*) AS articles, sum(recent) AS articles_365d
  FROM (SELECT p, product_id, max(CASE WHEN d365 THEN 1 ELSE 0 END) AS recent FROM rows
    WHERE product_id IS NOT NULL GROUP BY p, product_id) AS v GROUP BY p
),
of_categories AS (
  SELECT p, sum(CASE WHEN n_180 > 0 THEN 1 ELSE 0 END) AS categories_180d,
    arg_min(category, (-n, category)) AS usual_category
  FROM (SELECT p, category, count(*) AS n, sum(CASE WHEN d180 THEN 1 ELSE 0 END) AS n_180 FROM rows
    WHERE category IS NOT NULL GROUP BY p, category) AS v GROUP BY p
),
of_stores AS (
  SELECT p, count(*) AS stores FROM (SELECT DISTINCT p, store_id FROM rows WHERE store_id IS NOT NULL) AS v GROUP BY p
),
of_channels AS (
  SELECT p, arg_min(channel, (-n, channel)) AS usual_channel
  FROM (SELECT p, channel, count(*) AS n FROM rows WHERE channel IS NOT NULL AND d365 GROUP BY p, channel) AS v
  GROUP BY p
)
SELECT pf.profile_id,
  CAST(coalesce(lines_all, 0) AS BIGINT) AS lines_all, CAST(coalesce(lines_30d, 0) AS BIGINT) AS lines_30d,
  CAST(coalesce(lines_90d, 0) AS BIGINT) AS lines_90d, CAST(coalesce(lines_365d, 0) AS BIGINT) AS lines_365d,
  CAST(coalesce(web_lines_90d, 0) AS BIGINT) AS web_lines_90d,
  CAST(coalesce(app_lines_365d, 0) AS BIGINT) AS app_lines_365d,
  CAST(coalesce(spend_all, 0) AS DECIMAL(18, 2)) AS spend_all,
  CAST(coalesce(spend_30d, 0) AS DECIMAL(18, 2)) AS spend_30d,
  CAST(coalesce(spend_90d, 0) AS DECIMAL(18, 2)) AS spend_90d,
  CAST(coalesce(spend_12m, 0) AS DECIMAL(18, 2)) AS spend_12m,
  CAST(CASE WHEN first_seen <= DATE '2025-06-29' THEN coalesce(spend_year_before, 0) ELSE spend_year_before END
    AS DECIMAL(18, 2)) AS spend_year_before,
  CAST(coalesce(web_spend_365d, 0) AS DECIMAL(18, 2)) AS web_spend_365d,
  CAST(coalesce(private_spend_365d, 0) AS DECIMAL(18, 2)) AS private_spend_365d,
  CAST(coalesce(k00_spend_365d, 0) AS DECIMAL(18, 2)) AS k00_spend_365d,
  CAST(coalesce(discount_180d, 0) AS DECIMAL(18, 2)) AS discount_180d,
  CAST(mean_amount AS DECIMAL(18, 2)) AS mean_amount, CAST(mean_amount_90d AS DECIMAL(18, 2)) AS mean_amount_90d,
  mean_quantity_365d,
  CAST(quantiles[1] AS DECIMAL(18, 2)) AS median_amount, CAST(median_amount_365d AS DECIMAL(18, 2)) AS median_amount_365d,
  CAST(quantiles[2] AS DECIMAL(18, 2)) AS p90_amount,
  CAST(coalesce(articles, 0) AS BIGINT) AS articles, CAST(coalesce(articles_365d, 0) AS BIGINT) AS articles_365d,
  CAST(coalesce(categories_180d, 0) AS BIGINT) AS categories_180d, CAST(coalesce(stores, 0) AS BIGINT) AS stores,
  web_lines / nullif(lines_all, 0) AS web_share,
  CASE WHEN web_spend_365d > 0 THEN CAST(web_spend_365d AS DOUBLE) / CAST(greatest(web_spend_365d, spend_12m) AS DOUBLE)
    WHEN spend_12m > coalesce(web_spend_365d, 0) THEN 0 END AS web_spend_share_365d,
  discounted_180d / nullif(lines_180d, 0) AS discounted_share_180d,
  CAST(coalesce(CAST(weighted_12m AS DOUBLE) * (2 / 572.0), 0) AS DECIMAL(18, 2)) AS spend_slope_12m,
  change_360d / nullif(lines_360d, 0) AS lines_halves_360d,
  CAST(spend_change_180d AS DOUBLE) / nullif(CAST(greatest(abs(spend_180d), abs(spend_change_180d)) AS DOUBLE), 0)
    AS spend_halves_180d,
  date_diff('day', CAST(last_at AT TIME ZONE 'UTC' AS DATE), DATE '2026-06-30') AS days_since_last,
  date_diff('day', CAST(last_web_at AT TIME ZONE 'UTC' AS DATE), DATE '2026-06-30') AS days_since_web,
  date_diff('day', CAST(first_at AT TIME ZONE 'UTC' AS DATE), DATE '2026-06-30') AS days_since_first,
  usual_channel, usual_category, max_amount_365d, min_amount, last_channel,
  CAST(coalesce(web_spend_365d, 0) AS DOUBLE) / nullif(CAST(web_lines_365d AS DOUBLE), 0) AS amount_per_web_line
FROM profiles AS pf
LEFT JOIN main ON 'P' || main.p = pf.profile_id
LEFT JOIN of_products ON 'P' || of_products.p = pf.profile_id
LEFT JOIN of_categories ON 'P' || of_categories.p = pf.profile_id
LEFT JOIN of_stores ON 'P' || of_stores.p = pf.profile_id
LEFT JOIN of_channels ON 'P' || of_channels.p = pf.profile_id
