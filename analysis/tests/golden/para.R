# The part of para.json that R answers: power.t.test with both tails and without, and Dunnett's one-sided p-values of two
# and three groups by mvtnorm's TVPACK (deterministic, 1e-12). Prints JSON; run by para.py.
suppressMessages(library(mvtnorm))
num <- function(x) paste0("[", paste(sprintf("%.17g", x), collapse = ","), "]")
rows <- function(m) paste0("[", paste(apply(m, 1, num), collapse = ","), "]")

designs <- expand.grid(n = c(2, 3, 5, 10, 20), alpha = c(.05, .05 / 14), type = 1:2)
power <- t(apply(designs, 1, function(d) {
  type <- c("two.sample", "paired")[d[["type"]]]
  delta <- function(strict) power.t.test(n = d[["n"]], sd = 1, power = .8, sig.level = d[["alpha"]], type = type,
                                         strict = strict, tol = 1e-13)$delta
  at <- function(strict) power.t.test(n = d[["n"]], sd = 1, delta = .4, sig.level = d[["alpha"]], type = type,
                                      strict = strict)$power
  c(d[["n"]], d[["alpha"]], d[["type"]], delta(FALSE), delta(TRUE), at(FALSE), at(TRUE))
}))

sizes <- list(c(5, 5, 5), c(10, 5, 3), c(3, 10, 20), c(7, 4, 4), c(20, 6, 9), c(5, 5, 5, 5), c(12, 3, 5, 8), c(4, 9, 9, 2))
dunnett <- do.call(rbind, lapply(sizes, function(n) do.call(rbind, lapply(c(-1, .5, 1.7, 2.5, 3.6), function(t) {
  l <- sqrt(n[-1] / (n[-1] + n[1])); corr <- outer(l, l); diag(corr) <- 1
  p <- 1 - pmvt(upper = rep(t, length(l)), df = sum(n - 1), corr = corr, algorithm = TVPACK(1e-14))[1]
  c(c(n, rep(0, 4 - length(n))), t, p)
}))))

cat(sprintf('{"version": "%s", "power": %s, "dunnett": %s}\n', R.version.string, rows(power), rows(dunnett)))
