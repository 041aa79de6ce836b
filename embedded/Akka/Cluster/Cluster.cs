using Akka.Actor;
namespace Akka.Cluster;
public class Cluster { internal Cluster(ActorSystemImpl s) {} internal void Start() {} internal void Stop() {} internal Task LeaveBeforeShutdown() => Task.CompletedTask; }
