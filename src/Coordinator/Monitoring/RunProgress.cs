namespace MiniBatch.Coordinator.Monitoring;

/// <summary>How far a run is.</summary>
/// <param name="Step">Steps that are committed.</param>
/// <param name="PlannedSteps">Of the whole run.</param>
/// <param name="Epochs">Of the whole run.</param>
/// <param name="Epoch">Of the last update, from 1; null before the first.</param>
/// <param name="TrainLoss">Of the last update; null before the first.</param>
/// <param name="TrainAccuracy">A share; null where there is none.</param>
/// <param name="LearningRate">Of the last update; null before the first.</param>
/// <param name="TestLoss">At the last evaluation; null before the first.</param>
/// <param name="TestAccuracy">At the last evaluation, a share; null where there is none.</param>
public sealed record RunProgress(
    long Step, long PlannedSteps, int Epochs, int? Epoch, double? TrainLoss, double? TrainAccuracy, double? LearningRate, double? TestLoss, double? TestAccuracy);
