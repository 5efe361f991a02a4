//! Every column name once, with its unit.
//!
//! Nothing comes in and nothing goes out but names: stores, CSV files and reports agree because they say them from here.

/// Name of one run: a model, a task and a seed under one configuration; letters, digits, `-`, `_`, `.`.
pub const RUN_ID: &str = "run_id";
/// The experiment (sweep) that a run belongs to.
pub const EXPERIMENT: &str = "experiment";
/// The initialization that is compared, as shown to readers: "ImageNet", "SimCLR".
pub const MODEL: &str = "model";
/// scratch, supervised, inat, ssl, in-domain, continual.
pub const FAMILY: &str = "family";
/// Data the weights saw before, oldest first: "imagenet>chest-xray14"; empty for none.
pub const PRETRAINED_ON: &str = "pretrained_on";
/// The target task, as shown to readers: "DXC14".
pub const TASK: &str = "task";
/// "auc", "dice", "dice_per_image": fractions in [0, 1], higher is better.
pub const METRIC: &str = "metric";
/// The seed of a run: a whole number.
pub const SEED: &str = "seed";
/// The metric's value: a fraction in [0, 1]; null where undefined.
pub const VALUE: &str = "value";
/// Cases (images) that the value was computed on.
pub const N_CASES: &str = "n_cases";
/// Epochs that were trained.
pub const EPOCHS: &str = "epochs";
/// The epoch that validation selected, from 1.
pub const BEST_EPOCH: &str = "best_epoch";
/// Wall time, in seconds; null under a frozen clock.
pub const SECONDS: &str = "seconds";
/// Training throughput, in images per second; null under a frozen clock.
pub const IMAGES_PER_SECOND: &str = "images_per_second";
/// "cpu", "cuda:0".
pub const DEVICE: &str = "device";
/// Hash of everything that decides the run's values.
pub const CONFIG_HASH: &str = "config_hash";
/// RFC 3339, UTC.
pub const FINISHED_AT: &str = "finished_at";
/// The epoch of a row, from 1.
pub const EPOCH: &str = "epoch";
/// train, val or test.
pub const SPLIT: &str = "split";
/// Mean loss of the epoch, in the loss function's own unit.
pub const LOSS: &str = "loss";
/// Learning rate of the epoch.
pub const LEARNING_RATE: &str = "learning_rate";
/// One case (image).
pub const CASE_ID: &str = "case_id";
/// The patient: the unit that is split and resampled.
pub const GROUP_ID: &str = "group_id";
/// A finding of a multi-label task.
pub const LABEL: &str = "label";
/// The truth: 0 or 1, or a class index.
pub const TARGET: &str = "target";
/// The model's score, higher is more positive.
pub const SCORE: &str = "score";
/// Pixels of the true mask.
pub const N_TRUE: &str = "n_true";
/// Pixels of the predicted mask.
pub const N_PRED: &str = "n_pred";
/// Pixels of both masks.
pub const N_BOTH: &str = "n_both";
/// Dice of one image, in [0, 1]; null when both masks are empty.
pub const DICE: &str = "dice";
/// Intersection over union of one image, in [0, 1]; null when both masks are empty.
pub const IOU: &str = "iou";
/// Where published numbers stand: "table2".
pub const SOURCE: &str = "source";
/// Mean over runs: a fraction in [0, 1].
pub const MEAN: &str = "mean";
/// Standard deviation over runs, in the unit of the mean; divisor n - 1 unless `ddof` says 0.
pub const SD: &str = "sd";
/// Runs (observations) that are counted.
pub const N: &str = "n";
/// Divisor of the standard deviation is n - ddof: 0 or 1.
pub const DDOF: &str = "ddof";
/// Digits after the point of the printed percent value.
pub const DECIMALS: &str = "decimals";
/// Standard error of the mean, in the unit of the mean.
pub const SE: &str = "se";
/// Median of the values.
pub const MEDIAN: &str = "median";
/// Smallest value.
pub const MIN: &str = "min";
/// Largest value.
pub const MAX: &str = "max";
/// Lower end of the interval; null where there is none.
pub const CONF_LOW: &str = "conf_low";
/// Upper end of the interval; null where there is none.
pub const CONF_HIGH: &str = "conf_high";
/// The model that is judged.
pub const MODEL_A: &str = "model_a";
/// The model it is compared with: the baseline.
pub const MODEL_B: &str = "model_b";
/// Runs of `model_a`.
pub const N_A: &str = "n_a";
/// Runs of `model_b`.
pub const N_B: &str = "n_b";
/// Mean of `model_a`.
pub const MEAN_A: &str = "mean_a";
/// Mean of `model_b`.
pub const MEAN_B: &str = "mean_b";
/// Standard deviation of `model_a`, divisor n - 1.
pub const SD_A: &str = "sd_a";
/// Standard deviation of `model_b`, divisor n - 1.
pub const SD_B: &str = "sd_b";
/// `mean_a - mean_b`: positive is better for `model_a`.
pub const DIFF: &str = "diff";
/// The name of a test: welch, student, mann-whitney, friedman.
pub const TEST: &str = "test";
/// The test statistic.
pub const STATISTIC: &str = "statistic";
/// Degrees of freedom.
pub const DF: &str = "df";
/// Probability of a statistic at least as extreme under no difference; null where undefined.
pub const P_VALUE: &str = "p_value";
/// `p_value` adjusted for the family of tests.
pub const P_ADJUSTED: &str = "p_adjusted";
/// hedges_g, hedges_gz, cliff_delta.
pub const EFFECT_KIND: &str = "effect_kind";
/// Size of a difference without the metric's unit: in standard deviations, or a share of pairs.
pub const EFFECT: &str = "effect";
/// Lower end of the effect's interval.
pub const EFFECT_LOW: &str = "effect_low";
/// Upper end of the effect's interval.
pub const EFFECT_HIGH: &str = "effect_high";
/// better, worse, equivalent, inconclusive, untestable.
pub const VERDICT: &str = "verdict";
/// Why a verdict is untestable, or what limits it; null when there is nothing to add.
pub const REASON: &str = "reason";
/// What the values repeat: seed, fold, case, patient, or run where nobody said.
pub const UNIT: &str = "unit";
/// Where a p-value comes from: exact, asymptotic, monte-carlo, t.
pub const NULL_DISTRIBUTION: &str = "null_distribution";
/// The smallest p-value that a test can reach with its numbers of values.
pub const LEAST_P: &str = "least_p";
/// What an interval is about: mean difference, Hodges-Lehmann shift.
pub const ESTIMAND: &str = "estimand";
/// The estimate that an interval belongs to.
pub const ESTIMATE: &str = "estimate";
/// p-value of the two one-sided tests of equivalence; null without a margin.
pub const P_EQUIVALENCE: &str = "p_equivalence";
/// Area under the ROC curve: a fraction in [0, 1].
pub const AUC: &str = "auc";
/// AUC of `model_a`: a fraction in [0, 1].
pub const AUC_A: &str = "auc_a";
/// AUC of `model_b`.
pub const AUC_B: &str = "auc_b";
/// Variance of `auc_a`.
pub const VAR_A: &str = "var_a";
/// Variance of `auc_b`.
pub const VAR_B: &str = "var_b";
/// Covariance of `auc_a` and `auc_b`.
pub const COV: &str = "cov";
/// How numbers were found: delong, bootstrap, signed-rank.
pub const METHOD: &str = "method";
/// Positive cases.
pub const N_POSITIVE: &str = "n_positive";
/// Patients.
pub const N_GROUPS: &str = "n_groups";
/// paired or unpaired; nested or crossed.
pub const DESIGN: &str = "design";
/// Degrees of freedom; of an F those of its numerator.
pub const DF1: &str = "df1";
/// Degrees of freedom of an F's denominator.
pub const DF2: &str = "df2";
/// Kendall's coefficient of concordance, in [0, 1].
pub const KENDALL_W: &str = "kendall_w";
/// Nemenyi's critical difference of mean ranks.
pub const CD: &str = "cd";
/// Tasks.
pub const N_TASKS: &str = "n_tasks";
/// Models.
pub const N_MODELS: &str = "n_models";
/// Mean over tasks of a model's rank; 1 is the best.
pub const MEAN_RANK: &str = "mean_rank";
/// Mean rank of `model_a`.
pub const MEAN_RANK_A: &str = "mean_rank_a";
/// Mean rank of `model_b`.
pub const MEAN_RANK_B: &str = "mean_rank_b";
/// Share of resamples in which a model has the best mean rank.
pub const SHARE_FIRST: &str = "share_first";
/// Number of a group of models that do not differ.
pub const CLIQUE: &str = "clique";
/// A term of a model.
pub const TERM: &str = "term";
/// Standard error of an estimate.
pub const STD_ERROR: &str = "std_error";
/// Probability that the baseline is better by more than the region of practical equivalence.
pub const P_LEFT: &str = "p_left";
/// Probability of practical equivalence.
pub const P_ROPE: &str = "p_rope";
/// Probability that `model_a` is better by more than the region of practical equivalence.
pub const P_RIGHT: &str = "p_right";
/// Monte-Carlo standard error.
pub const MC_ERROR: &str = "mc_error";
/// Half-width of the region of practical equivalence: a fraction.
pub const ROPE: &str = "rope";
/// none, baseline, pooled-sd: what values are turned into before they are pooled over tasks.
pub const NORMALIZE: &str = "normalize";
/// A threshold of a performance profile.
pub const TAU: &str = "tau";
/// Lower end of a band that holds a whole curve.
pub const BAND_LOW: &str = "band_low";
/// Upper end of that band.
pub const BAND_HIGH: &str = "band_high";
/// Probability of a significant result.
pub const POWER: &str = "power";
/// Significance level of one test.
pub const ALPHA: &str = "alpha";
/// The smallest p-value that a rank or permutation test can reach with n.
pub const MIN_P: &str = "min_p";
/// The number of runs that has exactly the power; not whole.
pub const N_EXACT: &str = "n_exact";
/// two or one: the sides of a test.
pub const SIDES: &str = "sides";
/// pooled or welch: whose variance a test takes.
pub const VARIANCE: &str = "variance";
/// Adjustment of p-values.
pub const ADJUST: &str = "adjust";
/// The family that is adjusted together: task or all.
pub const ADJUST_OVER: &str = "adjust_over";
/// Marks of a published table.
pub const N_MARKS: &str = "n_marks";
/// Marks that printed numbers do not reproduce.
pub const N_MISMATCH: &str = "n_mismatch";
/// Mismatches that rounding explains.
pub const N_ROUNDING: &str = "n_rounding";
/// Mismatches that no rounding explains.
pub const N_CONTRADICTED: &str = "n_contradicted";
/// Which marks are not reproduced.
pub const MISMATCHES: &str = "mismatches";
/// What a mark claims.
pub const CLAIM: &str = "claim";
/// Smallest p-value that rounding allows.
pub const P_LOW: &str = "p_low";
/// Largest p-value that rounding allows.
pub const P_HIGH: &str = "p_high";
/// reproduced, rounding or contradicted.
pub const AGREEMENT: &str = "agreement";
/// A model's place by mean rank, from 1.
pub const RANK: &str = "rank";
/// Lower end of the interval of a rank over other seeds.
pub const RANK_LOW: &str = "rank_low";
/// Upper end of that interval.
pub const RANK_HIGH: &str = "rank_high";
