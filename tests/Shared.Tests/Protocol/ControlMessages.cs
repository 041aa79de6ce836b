using MiniBatch.Shared.Devices;
using MiniBatch.Shared.Protocol;
using MiniBatch.Shared.Runs;

namespace MiniBatch.Shared.Tests.Protocol;

internal static class ControlMessages
{
    private static readonly WorkerId Worker = new("w1", 0x1122334455667788);

    /// <summary>One of each, with its golden bytes: whoever changes them changes the layout version too.</summary>
    public static readonly TheoryData<string, IControlMessage, string> All = new()
    {
        {
            "register-worker", new RegisterWorker(Worker, "1.0", new ComputeDevice("cpu", "x", 258, 1), CpuCapability.Avx2, 258),
            "05" + "027731" + "8877665544332211" + "03312e30" + "03637075" + "0178" + "0201000000000000" + "01000000" + "01" + "02010000"
        },
        {
            "worker-admitted", new WorkerAdmitted(Worker, new Incarnation(5), "{}", 4054, "/s"),
            "05" + "027731" + "8877665544332211" + "0500000000000000" + "027b7d" + "d60f0000" + "022f73"
        },
        {
            "worker-prepared", new WorkerPrepared(Worker, new Incarnation(5), "ab", new Arithmetic("cd", "ef")),
            "05" + "027731" + "8877665544332211" + "0500000000000000" + "026162" + "026364" + "026566"
        },
        {
            "worker-refused", new WorkerRefused(Worker, Refusal.OtherDataset, "no"),
            "05" + "027731" + "8877665544332211" + "02" + "026e6f"
        },
        { "worker-failed", new WorkerFailed(Worker, "no"), "05" + "027731" + "8877665544332211" + "026e6f" },
        { "worker-leaving", new WorkerLeaving(new WorkerId("w", 1), "ok"), "05" + "0177" + "0100000000000000" + "026f6b" },
        { "run-ended", new RunEnded(Worker, RunEnding.Stopped, "ok"), "05" + "027731" + "8877665544332211" + "02" + "026f6b" },
    };
}
