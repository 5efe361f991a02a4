# Called by rank.py: rank tests, shifts and effects of R on the inputs in the JSON file named first, answers into the second.
suppressMessages({library(jsonlite); library(coin); library(effectsize)})
args <- commandArgs(TRUE)
input <- read_json(args[1], simplifyVector = FALSE)
num <- function(x) as.numeric(unlist(x))
sides <- c("two.sided", "greater", "less")
p_of <- function(f) sapply(sides, function(s) f(s))

# coin: the permutation distribution of midranks, ties included (Streitberg & Roehmel).
ranksum_coin <- lapply(input$ranksum_coin, function(case) {
  d <- data.frame(v = c(num(case$a), num(case$b)),
                  g = factor(rep(c("a", "b"), c(length(case$a), length(case$b))), levels = c("a", "b")))
  unname(p_of(function(s) as.numeric(pvalue(wilcox_test(v ~ g, d, distribution = "exact", alternative = s)))))
})
signed_coin <- lapply(input$signed_coin, function(case) {
  d <- data.frame(x = num(case$d), y = 0)
  unname(unlist(lapply(c("Pratt", "Wilcoxon"), function(zero) p_of(function(s)
    as.numeric(pvalue(wilcoxsign_test(x ~ y, d, distribution = "exact", zero.method = zero, alternative = s)))))))
})
signed_normal <- lapply(input$signed_normal, function(case) suppressWarnings({
  unname(c(wilcox.test(num(case$d), exact = FALSE)$statistic,
           p_of(function(s) wilcox.test(num(case$d), exact = FALSE, alternative = s)$p.value)))
}))
ranksum_normal <- lapply(input$ranksum_normal, function(case) suppressWarnings({
  unname(c(wilcox.test(num(case$a), num(case$b), exact = FALSE)$statistic,
           p_of(function(s) wilcox.test(num(case$a), num(case$b), exact = FALSE, alternative = s)$p.value)))
}))
ci <- function(test) c(test$estimate, test$conf.int)
shift <- lapply(input$shift, function(case) {
  level <- 1 - case$alpha
  unname(c(ci(wilcox.test(num(case$a), num(case$b), exact = TRUE, conf.int = TRUE, conf.level = level,
                          alternative = case$side)),
           ci(wilcox.test(num(case$a), exact = TRUE, conf.int = TRUE, conf.level = level, alternative = case$side))))
})
effect <- lapply(input$effect, function(case) suppressWarnings(suppressMessages({
  take <- function(x) as.numeric(c(x[[1]], x$CI_low, x$CI_high))
  level <- 1 - case$alpha
  c(take(cliffs_delta(num(case$a), num(case$b), ci = level, alternative = case$side)),
    take(rank_biserial(num(case$d), ci = level, alternative = case$side)))
})))
write_json(list(ranksum_coin = ranksum_coin, signed_coin = signed_coin, signed_normal = signed_normal,
                ranksum_normal = ranksum_normal, shift = shift, effect = effect,
                versions = list(R = as.character(getRversion()), coin = as.character(packageVersion("coin")),
                                effectsize = as.character(packageVersion("effectsize")))),
           args[2], digits = I(17), auto_unbox = TRUE, na = "string")
