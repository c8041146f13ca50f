require 'json'
kept = []
1000.times { |i| kept << "quote #{i} that is long enough not to be embedded" }
GC.start
File.write('ruby-a.json', JSON.generate(ObjectSpace.count_objects))
10000.times { |i| kept << "quote #{i} that is long enough not to be embedded" }
GC.start
File.write('ruby-b.json', JSON.generate(ObjectSpace.count_objects))
