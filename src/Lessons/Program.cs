using System.CommandLine;
using MiniBatch.Lessons;
using MiniBatch.Shared.CommandLine;

return CommandHost.Run(new RootCommand("MiniBatch's course.") { LessonCommand.Create(LessonCatalog.All) }, args);
