using System.Text.Json.Serialization;

namespace MiniBatch.LivePage.Live;

/// <summary>
/// What a supervisor and the coordinator that it started tell each other, a line of JSON each, over a Unix socket that only this user
/// reaches. Both are of the same build.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Watch), "watch")]
[JsonDerivedType(typeof(Pace), "pace")]
[JsonDerivedType(typeof(Step), "step")]
[JsonDerivedType(typeof(CutOff), "cutOff")]
[JsonDerivedType(typeof(AskTensor), "askTensor")]
[JsonDerivedType(typeof(AskForward), "askForward")]
[JsonDerivedType(typeof(Tensor), "tensor")]
[JsonDerivedType(typeof(Forward), "forward")]
public abstract record LinkMessage
{
    private LinkMessage() { }

    /// <summary>Supervisor → coordinator: whether anybody watches. While somebody does, views are sent.</summary>
    public sealed record Watch(bool Somebody) : LinkMessage;

    /// <summary>Supervisor → coordinator: open at most so many steps a second; 0 to pause, null for full speed.</summary>
    public sealed record Pace(double? StepsPerSecond) : LinkMessage;

    /// <summary>Supervisor → coordinator: pause, after one more step.</summary>
    public sealed record Step : LinkMessage;

    /// <summary>Supervisor → coordinator: cut a worker off.</summary>
    public sealed record CutOff(string Worker, double Seconds) : LinkMessage;

    /// <summary>Supervisor → coordinator: copy a tensor out. Answered once, by <see cref="Tensor"/> of the same id.</summary>
    public sealed record AskTensor(long Id, string Name) : LinkMessage;

    /// <summary>Supervisor → coordinator: put samples through the model. Answered once, by <see cref="Forward"/> of the same id.</summary>
    /// <param name="Id">Of the question.</param>
    /// <param name="Samples">How many.</param>
    /// <param name="Inputs">float32s, little-endian.</param>
    public sealed record AskForward(long Id, int Samples, byte[] Inputs) : LinkMessage;

    /// <summary>Coordinator → supervisor: what the exchange does. Its line is put together by <see cref="LineSocket"/>, of text that there is.</summary>
    public sealed record View(ViewText What) : LinkMessage;

    /// <summary>Coordinator → supervisor: a tensor; without values where there is none.</summary>
    /// <param name="Id">Of the question.</param>
    /// <param name="Version">Which.</param>
    /// <param name="Shape">The tensor's.</param>
    /// <param name="Values">float32s, little-endian: as digits they would cost a core more than the page may.</param>
    public sealed record Tensor(long Id, long Version, long[] Shape, byte[]? Values) : LinkMessage
    {
        /// <summary>What was copied; null where there was nothing.</summary>
        [JsonIgnore]
        public TensorCopy? Copy => Values is null ? null : new TensorCopy(Version, Shape, Floats.Of(Values));

        /// <summary>The answer to a question.</summary>
        public static Tensor Of(long id, TensorCopy? copy) => new(id, copy?.Version ?? 0, copy?.Shape ?? [], copy is null ? null : Floats.Bytes(copy.Values));
    }

    /// <summary>Coordinator → supervisor: what came out; without outputs where no worker could be asked.</summary>
    /// <param name="Id">Of the question.</param>
    /// <param name="Version">Of the parameters.</param>
    /// <param name="Worker">Who computed it; null where it was the model that the run left.</param>
    /// <param name="Outputs">float32s, little-endian.</param>
    public sealed record Forward(long Id, long Version, string? Worker, byte[]? Outputs) : LinkMessage
    {
        /// <summary>What came out; null where nobody could be asked.</summary>
        [JsonIgnore]
        public ForwardAnswer? Answer => Outputs is null ? null : new ForwardAnswer(Version, Worker, Floats.Of(Outputs));

        /// <summary>The answer to a question.</summary>
        public static Forward Of(long id, ForwardAnswer? answer) => new(id, answer?.Version ?? 0, answer?.Worker, answer is null ? null : Floats.Bytes(answer.Outputs));
    }
}
