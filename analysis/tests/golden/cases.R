# pROC's DeLong on the inputs that cases.py wrote, and on the SIIM predictions:
#   Rscript cases.R FOLDER siim-predictions.csv
suppressMessages(library(pROC))
args <- commandArgs(TRUE)
curve <- function(y, s) roc(y, s, levels = c(0, 1), direction = "<", quiet = TRUE)
number <- function(x) if (is.finite(x)) sprintf("%.17g", x) else "null"
answer <- function(y, a, b, few) {
  ra <- curve(y, a); rb <- curve(y, b); rf <- curve(y[few], b[few])
  z <- roc.test(ra, rb, method = "delong", paired = TRUE)
  t <- suppressWarnings(roc.test(ra, rf, method = "delong", paired = FALSE))
  ci <- ci.auc(ra, method = "delong")
  values <- list(auc_a = auc(ra), auc_b = auc(rb), var_a = var(ra), var_b = var(rb), cov = cov(ra, rb),
                 z = z$statistic, p = z$p.value, low = z$conf.int[1], high = z$conf.int[2],
                 t = t$statistic, df = t$parameter, p_t = t$p.value, ci_low = ci[1], ci_high = ci[3])
  paste0("{", paste(sprintf('"%s":%s', names(values), sapply(values, number)), collapse = ","), "}")
}
lines <- c()
for (file in list.files(args[1], "csv$")) {
  d <- read.csv(file.path(args[1], file))
  n <- nrow(d)
  lines <- c(lines, sprintf('"%s":%s', sub(".csv", "", file), answer(d$y, d$a, d$b, seq_len(max(4, n - n %/% 4)))))
}
d <- read.csv(args[2])
lines <- c(lines, sprintf('"siim":%s', answer(d$label, d$densenet121, d$resnet50, seq_len(nrow(d)))))
lines <- c(lines, sprintf('"version":"pROC %s, R %s"', packageVersion("pROC"), getRversion()))
writeLines(paste0("{", paste(lines, collapse = ",\n"), "}"), file.path(args[1], "answers.json"))
