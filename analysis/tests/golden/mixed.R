# Mixed models by lme4 and lmerTest: for each CSV (case, task, model, value) of the first argument the answers go, one JSON
# line a case, to the second. Called by mixed.py, which draws the data with the Portable generator.
#
# lmer stops when the criterion no longer falls, which leaves theta with half its digits; so each fit is polished by Newton
# steps on a Richardson gradient before lmerTest's Satterthwaite formulas see it. The model has treatment contrasts against
# the first level. With one seed in every cell task:model is the residual, and is left out.
suppressMessages({library(lme4); library(lmerTest); library(numDeriv)})
arguments <- commandArgs(trailingOnly = TRUE)
rows <- read.csv(arguments[1], colClasses = c("integer", "integer", "integer", "character"))
rows$value <- as.numeric(rows$value)
digits <- function(x) paste0("[", paste(ifelse(is.finite(x), sprintf("%.17g", x), "null"), collapse = ","), "]")

polish <- function(formula, d) {
  tight <- lmerControl(optimizer = "bobyqa", calc.derivs = FALSE, check.conv.singular = "ignore",
                       optCtrl = list(rhobeg = 0.2, rhoend = 1e-9, maxfun = 20000))
  fit <- suppressWarnings(suppressMessages(lme4::lmer(formula, d, REML = TRUE, control = tight)))
  dev <- suppressWarnings(update(fit, devFunOnly = TRUE))
  # The criterion is even in theta, so 0 is stationary: only what lies clearly above is moved.
  theta <- getME(fit, "theta")
  at0 <- theta < 1e-4
  for (i in which(at0)) { zero <- replace(theta, i, 0); if (dev(zero) <= dev(theta) + 1e-9) theta <- zero else at0[i] <- FALSE }
  free <- which(!at0)
  f <- function(x) dev(replace(theta, free, x))
  if (length(free) > 0) for (step in 1:6) {
    g <- grad(f, theta[free], method.args = list(d = 1e-2, r = 6)); H <- hessian(f, theta[free])
    if (any(eigen(H)$values <= 0)) break
    move <- -solve(H, g)
    if (any(theta[free] + move < 0)) break
    theta[free] <- theta[free] + move
    if (max(abs(move) / theta[free]) < 1e-11) break
  }
  suppressWarnings(suppressMessages(lmerTest::lmer(formula, d, REML = TRUE, start = theta,
    control = lmerControl(optimizer = NULL, calc.derivs = FALSE, check.conv.singular = "ignore"))))
}

answer <- function(id, d) {
  d$task <- factor(d$task); d$model <- factor(d$model)
  single <- max(table(d$task, d$model)) == 1
  fit <- polish(if (single) value ~ model + (1 | task) else value ~ model + (1 | task) + (1 | task:model), d)
  v <- as.data.frame(VarCorr(fit))
  pick <- function(name) if (name %in% v$grp) v$vcov[v$grp == name] else NA
  terms <- coef(summary(fit, ddf = "Satterthwaite"))
  # The F test over orthonormal contrasts of the means (the intercept cancels), by the steps of lmerTest's contestMD but
  # with eigen(symmetric = TRUE): without, equal eigenvalues give vectors that are not orthogonal, and an F that is off in
  # the third digit (seed 192). anova() has the right F, but takes its df from sequential contrasts, which change with the
  # order of the levels.
  k <- nlevels(d$model)
  H <- contr.helmert(k)
  L <- cbind(0, t(H / rep(sqrt(colSums(H^2)), each = k))[, -1, drop = FALSE])
  axes <- eigen(L %*% fit@vcov_beta %*% t(L), symmetric = TRUE)
  rotated <- crossprod(axes$vectors, L)
  nu <- sapply(1:(k - 1), function(m) {
    slope <- sapply(fit@Jac_list, function(J) c(rotated[m, ] %*% J %*% rotated[m, ]))
    2 * axes$values[m]^2 / c(slope %*% fit@vcov_varpar %*% slope)
  })
  f <- mean(drop(rotated %*% fixef(fit))^2 / axes$values)
  df2 <- lmerTest:::get_Fstat_ddf(nu)
  of_anova <- suppressMessages(anova(fit))[1, "F value"]
  if (abs(f - of_anova) > 1e-7 * (1 + of_anova)) stop(paste("F of", id, f, of_anova))
  means <- do.call(rbind, lapply(1:k, function(m) {
    one <- contest1D(fit, as.numeric(seq_len(k) == 1 | seq_len(k) == m), confint = FALSE)
    c(one[["Estimate"]], one[["Std. Error"]], one[["df"]])
  }))
  sprintf('{"seed":%d,"single":%s,"variances":%s,"criterion":%.17g,"f":%s,"terms":%s,"means":%s}', id,
          if (single) "true" else "false", digits(c(pick("task"), pick("task:model"), pick("Residual"))), REMLcrit(fit),
          digits(c(f, df2, pf(f, k - 1, df2, lower.tail = FALSE))),
          digits(t(terms[, 1:3])), digits(t(means[, 2:3])))
}

lines <- sapply(unique(rows$case), function(id) answer(id, rows[rows$case == id, c("task", "model", "value")]))
writeLines(lines, arguments[2])
cat(length(lines), "fits;", R.version.string, "lme4", as.character(packageVersion("lme4")), "lmerTest",
    as.character(packageVersion("lmerTest")), "\n")
