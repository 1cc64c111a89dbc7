require 'json'
require_relative '../lib/thing'
module Acme
  LIMIT = 3
  class Foo < Base::Bar
    include Mixin
    attr_reader :a
    def initialize(a, b: 1)
      @a = Other.new(a)
      help a
    end
    def self.build(x) = new(x)
    def ok?; true end
    def ==(other)
    end
  end
  class A::B; end
end
