using System.Threading.Channels;
using Akka.Actor;

namespace MiniBatch.Coordinator.Tests.Actors;

/// <summary>An actor that hands all it is told to the test, which takes it in order and with a limit.</summary>
internal sealed class Inbox
{
    /// <summary>Far beyond what anything here takes; it ends a test that would hang.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Channel<object> _messages = Channel.CreateUnbounded<object>();

    /// <summary>For an actor that the system under test makes.</summary>
    public Props Props
    {
        get
        {
            var writer = _messages.Writer;
            return Props.Create(() => new Actor(writer));
        }
    }

    /// <summary>The next message, which must be of that type.</summary>
    public async Task<T> Next<T>() => Assert.IsType<T>(await _messages.Reader.ReadAsync().AsTask().WaitAsync(Limit));

    /// <summary>Whether nothing has come since.</summary>
    public bool IsEmpty => !_messages.Reader.TryPeek(out _);

    private sealed class Actor : UntypedActor
    {
        private readonly ChannelWriter<object> _writer;

        public Actor(ChannelWriter<object> writer) => _writer = writer;

        protected override void OnReceive(object message) => _writer.TryWrite(message);
    }
}
